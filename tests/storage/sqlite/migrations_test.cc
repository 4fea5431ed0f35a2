#include "storage/sqlite/migrations.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1795464000000001);

class MigrationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connection = Connection::OpenWriter(NewTempDir() + "/test.db");
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
  }

  std::string Query(const char* sql) {
    const auto value = connection_->QueryText(sql);
    return value.ok() ? *value : value.status().ToString();
  }

  std::string Ledger() {
    return Query("SELECT ifnull(group_concat(number || name || time, ' '), '') FROM migrations");
  }

  const std::vector<Migration> known_ = {{1, "one", "CREATE TABLE one (a); CREATE TABLE two (a);"},
                                         {2, "two", "ALTER TABLE two ADD COLUMN b;"}};
  std::unique_ptr<Connection> connection_;
};

TEST_F(MigrationsTest, AppliesAllInOrderAndWritesThemDown) {
  ASSERT_TRUE(Migrate(*connection_, known_, kNow).ok());
  EXPECT_EQ(Ledger(), "1one1795464000000001 2two1795464000000001");
  EXPECT_TRUE(connection_->Execute("INSERT INTO two (a, b) VALUES (1, 2)").ok());
}

TEST_F(MigrationsTest, AppliesEachOnce) {
  ASSERT_TRUE(Migrate(*connection_, known_, kNow).ok());
  ASSERT_TRUE(Migrate(*connection_, known_, kNow + absl::Hours(1)).ok());
  EXPECT_EQ(Ledger(), "1one1795464000000001 2two1795464000000001");
}

TEST_F(MigrationsTest, GoesOnFromAnEarlierVersion) {
  ASSERT_TRUE(Migrate(*connection_, absl::MakeSpan(known_).first(1), kNow).ok());
  ASSERT_TRUE(connection_->Execute("INSERT INTO two VALUES (7)").ok());
  ASSERT_TRUE(Migrate(*connection_, known_, kNow + absl::Microseconds(1)).ok());
  EXPECT_EQ(Ledger(), "1one1795464000000001 2two1795464000000002");
  EXPECT_EQ(Query("SELECT a FROM two WHERE b IS NULL"), "7");
}

TEST_F(MigrationsTest, OneThatFailsLeavesNothingOfItself) {
  const std::vector<Migration> broken = {
      known_[0], {2, "two", "CREATE TABLE half (a); INSERT INTO no_such_table VALUES (1);"}};
  const absl::Status status = Migrate(*connection_, broken, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_NE(status.message().find("migration 2 \"two\""), absl::string_view::npos) << status;
  EXPECT_EQ(Ledger(), "1one1795464000000001");
  EXPECT_EQ(Query("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), "0");
  EXPECT_TRUE(Migrate(*connection_, known_, kNow).ok()) << "it can be repeated when mended";
}

TEST_F(MigrationsTest, AFileOfANewerVersionIsRefusedAndNotTouched) {
  ASSERT_TRUE(Migrate(*connection_, known_, kNow).ok());
  const std::string changes = Query("SELECT total_changes()");
  const absl::Status status = Migrate(*connection_, absl::MakeSpan(known_).first(1), kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("newer version"), absl::string_view::npos) << status;
  EXPECT_EQ(Query("SELECT total_changes()"), changes);
}

TEST_F(MigrationsTest, AFileWithAnotherHistoryIsRefused) {
  ASSERT_TRUE(Migrate(*connection_, known_, kNow).ok());
  const std::vector<Migration> other = {known_[0], {2, "deux", ""}, {3, "three", ""}};
  const absl::Status status = Migrate(*connection_, other, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
}

TEST_F(MigrationsTest, TheSchemasOwnAreNumberedFromOneWithoutGapsAndAllTablesAreStrict) {
  int number = 1;
  for (const Migration& migration : SchemaMigrations()) EXPECT_EQ(migration.number, number++);
  ASSERT_GT(number, 1);
  ASSERT_TRUE(Migrate(*connection_, SchemaMigrations(), kNow).ok());
  EXPECT_EQ(Query("SELECT ifnull(group_concat(name), '') FROM pragma_table_list"
                  " WHERE type = 'table' AND schema = 'main' AND strict = 0"
                  " AND name NOT LIKE 'sqlite_%'"),
            "");
  EXPECT_EQ(Query("SELECT count(*) > 5 FROM pragma_table_list WHERE strict = 1"), "1");
}

}  // namespace
}  // namespace lull
