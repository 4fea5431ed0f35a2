#include "storage/sqlite/table_scan.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

constexpr char kSpan[] = "SELECT (SELECT min(key) FROM t), (SELECT max(key) FROM t)";
constexpr char kRows[] = "SELECT key FROM t WHERE key BETWEEN ? AND ? ORDER BY key";

class TableScanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connection = Connection::OpenWriter(path_);
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
    Execute("CREATE TABLE t (key INTEGER PRIMARY KEY)");
  }

  void Execute(const std::string& sql) {
    const absl::Status done = connection_->Execute(sql.c_str());
    ASSERT_TRUE(done.ok()) << done;
  }

  // Keys from `first` on, each `step` after the one before.
  void Insert(int64_t first, int64_t step, int64_t count) {
    Execute(absl::StrCat("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ",
                         count, ") INSERT INTO t SELECT ", first, " + i * ", step, " FROM n"));
  }

  std::vector<int64_t> Expected() {
    std::vector<int64_t> keys;
    auto row = connection_->Prepare("SELECT key FROM t ORDER BY key");
    while (*row->Step()) keys.push_back(row->Int());
    return keys;
  }

  // In batches of three, of which one may be ahead, so that scanners wait for their turn.
  absl::StatusOr<std::vector<int64_t>> Scan(int64_t keys_a_range, int64_t damaged_key = -1) {
    std::vector<int64_t> keys;
    TableScanPlan plan{path_, kSpan, kRows, keys_a_range, 3};
    plan.batches = 1;
    const absl::Status scanned = ScanTable<int64_t>(
        plan, *connection_,
        [&](Statement& row, int64_t& key) -> absl::Status {
          key = row.Int();
          return key == damaged_key ? absl::DataLossError("damaged") : absl::OkStatus();
        },
        [&](int64_t&& key) { keys.push_back(key); });
    if (!scanned.ok()) return scanned;
    return keys;
  }

  const std::string path_ = NewTempDir() + "/test.db";
  std::unique_ptr<Connection> connection_;
};

TEST_F(TableScanTest, GivesAllRowsInTheOrderOfTheirKeysHoweverTheyAreSplit) {
  Insert(17, 1, 1000);
  for (const int64_t keys_a_range : {1, 2, 7, 333, 999, 1000, 1000000}) {
    EXPECT_EQ(*Scan(keys_a_range), Expected()) << keys_a_range;
  }
}

TEST_F(TableScanTest, GivesRowsThatLieFarApartOrCloseTogether) {
  Insert(5, 1000000007, 50);
  Insert(int64_t{1} << 50, 1, 2000);
  EXPECT_EQ(*Scan(1), Expected());
}

TEST_F(TableScanTest, AnEmptyTableHasNoRows) { EXPECT_TRUE(Scan(1)->empty()); }

TEST_F(TableScanTest, GivesTheGreatestAndTheLeastKeyThatAFileCanHold) {
  Insert(std::numeric_limits<int64_t>::min(), 1, 2);
  Insert(std::numeric_limits<int64_t>::max() - 1, 1, 2);
  EXPECT_EQ(*Scan(1), Expected());
}

TEST_F(TableScanTest, ARowThatCannotBeReadEndsItWhereverItIs) {
  Insert(1, 1, 1000);
  for (const int64_t keys_a_range : {10, 1000}) {
    for (const int64_t damaged : {1, 500, 1000}) {
      EXPECT_EQ(Scan(keys_a_range, damaged).status(), absl::DataLossError("damaged"))
          << keys_a_range << " " << damaged;
    }
  }
}

TEST_F(TableScanTest, AConnectionThatCannotBeOpenedEndsIt) {
  Insert(1, 1, 1000);
  TableScanPlan plan{path_ + ".not_there", kSpan, kRows, 10, 3};
  EXPECT_FALSE(ScanTable<int64_t>(
                   plan, *connection_,
                   [](Statement& row, int64_t& key) -> absl::Status {
                     key = row.Int();
                     return absl::OkStatus();
                   },
                   [](int64_t&&) {})
                   .ok());
}

}  // namespace
}  // namespace lull
