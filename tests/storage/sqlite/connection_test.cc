#include "storage/sqlite/connection.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/storage/sqlite/file_size_limit.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

class ConnectionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Writer() {
    auto connection = Connection::OpenWriter(path_);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return connection.ok() ? *std::move(connection) : nullptr;
  }

  std::unique_ptr<Connection> Reader() {
    auto connection = Connection::OpenReader(path_);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return connection.ok() ? *std::move(connection) : nullptr;
  }

  static std::string Query(Connection& connection, const char* sql) {
    const auto value = connection.QueryText(sql);
    return value.ok() ? *value : value.status().ToString();
  }

  std::string Contents(const std::string& suffix) const {
    std::ifstream file(path_ + suffix, std::ios::binary);
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
  }

  bool FileExists(const std::string& suffix) const {
    struct stat found;
    return stat((path_ + suffix).c_str(), &found) == 0;
  }

  const std::string path_ = NewTempDir() + "/test.db";
};

TEST_F(ConnectionTest, TheWriterHasEverySettingThatDurabilityNeeds) {
  const auto writer = Writer();
  EXPECT_EQ(Query(*writer, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(Query(*writer, "PRAGMA synchronous"), "2") << "FULL";
  EXPECT_EQ(Query(*writer, "PRAGMA auto_vacuum"), "2") << "INCREMENTAL";
  EXPECT_EQ(Query(*writer, "PRAGMA page_size"), "8192");
  EXPECT_EQ(Query(*writer, "PRAGMA wal_autocheckpoint"), "0");
  EXPECT_EQ(Query(*writer, "PRAGMA mmap_size"), "0");
  EXPECT_EQ(Query(*writer, "PRAGMA foreign_keys"), "1");
  EXPECT_EQ(Query(*writer, "PRAGMA trusted_schema"), "0");
  EXPECT_EQ(Query(*writer, "PRAGMA cell_size_check"), "1");
  EXPECT_EQ(Query(*writer, "PRAGMA secure_delete"), "0");
  EXPECT_EQ(Query(*writer, "PRAGMA locking_mode"), "normal");
  EXPECT_EQ(Query(*writer, "PRAGMA encoding"), "UTF-8");
}

TEST_F(ConnectionTest, AFileOpenedAgainHasTheSameSettings) {
  ASSERT_TRUE(Writer()->Execute("CREATE TABLE t (a)").ok());
  const auto writer = Writer();
  EXPECT_EQ(Query(*writer, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(Query(*writer, "PRAGMA synchronous"), "2");
  EXPECT_EQ(Query(*writer, "PRAGMA auto_vacuum"), "2");
  EXPECT_EQ(Query(*writer, "PRAGMA secure_delete"), "0");
}

TEST_F(ConnectionTest, DoubleQuotesAreNamesOnlyAndTheSchemaIsDefended) {
  const auto writer = Writer();
  EXPECT_FALSE(writer->Prepare("SELECT \"no such column\"").ok());
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a); PRAGMA writable_schema=ON").ok());
  EXPECT_FALSE(writer->Execute("DELETE FROM sqlite_schema").ok());
  EXPECT_FALSE(writer->Execute("SELECT load_extension('x')").ok());
}

TEST_F(ConnectionTest, AFileOfAnotherProgramIsRefusedAndLeftAlone) {
  {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE notes (a)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
  }
  const std::string before = Contents("");
  const auto opened = Connection::OpenWriter(path_);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition) << opened.status();
  EXPECT_EQ(Contents(""), before);
}

TEST_F(ConnectionTest, AFileWithoutIncrementalVacuumIsRefused) {
  {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    const std::string script =
        "PRAGMA auto_vacuum=NONE; PRAGMA application_id=" + std::to_string(kApplicationId) +
        "; CREATE TABLE t (a)";
    ASSERT_EQ(sqlite3_exec(other, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
  }
  const auto opened = Connection::OpenWriter(path_);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(opened.status().message().find("auto_vacuum"), absl::string_view::npos)
      << opened.status();
}

TEST_F(ConnectionTest, WhatIsNoDatabaseIsDataLoss) {
  std::ofstream(path_) << std::string(10000, 'x');
  const auto opened = Connection::OpenWriter(path_);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
}

TEST_F(ConnectionTest, AMissingFolderIsUnavailable) {
  const auto opened = Connection::OpenWriter(path_ + "/none/test.db");
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable) << opened.status();
}

TEST_F(ConnectionTest, AFullDiskCanBeReadFrom) {
  ASSERT_TRUE(Writer()->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)").ok());
  ASSERT_TRUE(FileExists("-wal"));
  std::unique_ptr<Connection> writer, reader;
  {
    const FileSizeLimit limit(8 << 10);
    writer = Writer();
    ASSERT_NE(writer, nullptr);
    reader = Reader();
    ASSERT_NE(reader, nullptr);
    EXPECT_EQ(Query(*reader, "SELECT a FROM t"), "7");
    EXPECT_FALSE(writer->Execute("INSERT INTO t VALUES (8)").ok());
    EXPECT_EQ(Query(*reader, "SELECT count(*) FROM t"), "1");
  }
  ASSERT_TRUE(writer->Execute("INSERT INTO t VALUES (9)").ok());
  EXPECT_EQ(Query(*reader, "SELECT max(a) FROM t"), "9");
  EXPECT_EQ(Query(*Reader(), "SELECT max(a) FROM t"), "9");
  EXPECT_FALSE(FileExists("-shm"));
}

TEST_F(ConnectionTest, AReaderCannotWrite) {
  const auto writer = Writer();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)").ok());
  const auto reader = Reader();
  EXPECT_EQ(Query(*reader, "SELECT a FROM t"), "7");
  EXPECT_FALSE(reader->Execute("INSERT INTO t VALUES (8)").ok());
  EXPECT_FALSE(reader->Execute("PRAGMA query_only=OFF; INSERT INTO t VALUES (8)").ok());
}

TEST_F(ConnectionTest, AReaderNeverCheckpointsNotEvenAsTheLastToClose) {
  auto writer = Writer();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)").ok());
  auto reader = Reader();
  ASSERT_EQ(Query(*reader, "SELECT a FROM t"), "7");
  writer.reset();
  const std::string main_file = Contents("");
  const std::string log = Contents("-wal");
  ASSERT_FALSE(log.empty());
  ASSERT_EQ(Query(*reader, "SELECT a FROM t"), "7");
  reader.reset();
  EXPECT_EQ(Contents(""), main_file);
  EXPECT_EQ(Contents("-wal"), log);
}

TEST_F(ConnectionTest, ClosingTheWriterLeavesTheLogUnlessItIsToBeRemoved) {
  auto writer = Writer();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a)").ok());
  const std::string log = Contents("-wal");
  writer.reset();
  EXPECT_EQ(Contents("-wal"), log);
  writer = Writer();
  ASSERT_TRUE(writer->RemoveLogOnClose().ok());
  writer.reset();
  EXPECT_FALSE(FileExists("-wal"));
  EXPECT_EQ(Query(*Writer(), "SELECT count(*) FROM t"), "0");
}

TEST_F(ConnectionTest, CountsThePagesOfTheLogAndCheckpointsThem) {
  const auto writer = Writer();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a)").ok());
  ASSERT_TRUE(writer->Execute("INSERT INTO t VALUES (zeroblob(100000))").ok());
  EXPECT_GT(writer->log_pages(), 100000 / 8192);
  const auto passive = writer->Checkpoint(Connection::CheckpointMode::kPassive);
  ASSERT_TRUE(passive.ok()) << passive.status();
  EXPECT_EQ(passive->done_pages, writer->log_pages());
  EXPECT_NE(Contents("-wal").size(), 0u);
  const auto truncate = writer->Checkpoint(Connection::CheckpointMode::kTruncate);
  ASSERT_TRUE(truncate.ok()) << truncate.status();
  EXPECT_EQ(truncate->blocked, Connection::Blocked::kNot);
  EXPECT_EQ(writer->log_pages(), 0);
  EXPECT_EQ(Contents("-wal").size(), 0u);
}

TEST_F(ConnectionTest, AReaderInTheWayOfATruncationIsNoError) {
  const auto writer = Writer();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)").ok());
  const auto reader = Reader();
  ASSERT_TRUE(reader->Execute("BEGIN").ok());
  ASSERT_EQ(Query(*reader, "SELECT a FROM t"), "7");
  ASSERT_TRUE(writer->Execute("INSERT INTO t VALUES (8)").ok());
  writer->SetBusyTimeout(1);
  const auto blocked = writer->Checkpoint(Connection::CheckpointMode::kTruncate);
  ASSERT_TRUE(blocked.ok()) << blocked.status();
  EXPECT_EQ(blocked->blocked, Connection::Blocked::kByOthers);
}

TEST_F(ConnectionTest, RollbackEndsAFailedTransaction) {
  const auto writer = Writer();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (a UNIQUE)").ok());
  ASSERT_FALSE(writer->Execute("BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)").ok());
  writer->Rollback();
  EXPECT_EQ(Query(*writer, "SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(writer->Execute("BEGIN; COMMIT").ok());
}

}  // namespace
}  // namespace lull
