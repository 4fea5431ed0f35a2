#include "storage/sqlite/sqlite_status.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(SqliteStatusTest, ResultsAreNoErrors) {
  for (int code : {SQLITE_OK, SQLITE_ROW, SQLITE_DONE}) {
    EXPECT_TRUE(SqliteStatus(code, nullptr, "test").ok()) << code;
  }
}

TEST(SqliteStatusTest, WhatMayPassIsUnavailable) {
  for (int code : {SQLITE_FULL, SQLITE_IOERR, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_BUSY,
                   SQLITE_BUSY_RECOVERY, SQLITE_LOCKED, SQLITE_NOMEM, SQLITE_CANTOPEN,
                   SQLITE_READONLY, SQLITE_READONLY_DBMOVED, SQLITE_PROTOCOL}) {
    EXPECT_EQ(StatusCodeOfSqlite(code), absl::StatusCode::kUnavailable) << code;
  }
}

TEST(SqliteStatusTest, ADamagedFileIsDataLoss) {
  for (int code : {SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB, SQLITE_IOERR_CORRUPTFS}) {
    EXPECT_EQ(StatusCodeOfSqlite(code), absl::StatusCode::kDataLoss) << code;
  }
}

TEST(SqliteStatusTest, ContradictionsAndOurOwnFaultsAreInternal) {
  for (int code : {SQLITE_CONSTRAINT, SQLITE_CONSTRAINT_UNIQUE, SQLITE_ERROR, SQLITE_MISUSE,
                   SQLITE_RANGE, SQLITE_TOOBIG, SQLITE_MISMATCH}) {
    EXPECT_EQ(StatusCodeOfSqlite(code), absl::StatusCode::kInternal) << code;
  }
}

TEST(SqliteStatusTest, TheMessageSaysWhatWasTriedAndWhy) {
  const absl::Status status = SqliteStatus(SQLITE_IOERR_FSYNC, nullptr, "commit");
  EXPECT_EQ(status.message(), "cannot commit: disk I/O error [SQLite 1034]");
}

TEST(SqliteStatusTest, AFullDiskIsCalledThat) {
  const absl::Status status = SqliteStatus(SQLITE_FULL, nullptr, "commit");
  EXPECT_NE(status.message().find("the disk is full"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace lull
