#include "storage/sqlite/table_scan.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

constexpr char kSpan[] = "SELECT (SELECT min(key) FROM t), (SELECT max(key) FROM t)";
constexpr char kRoot[] = "SELECT rootpage FROM sqlite_schema WHERE name = 't'";
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

  void Checkpoint() {
    ASSERT_TRUE(connection_->Checkpoint(Connection::CheckpointMode::kTruncate).ok());
  }

  // Keys from `first` on, each `step` after the one before.
  void Insert(int64_t first, int64_t step, int64_t count) {
    Execute(absl::StrCat("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ",
                         count, ") INSERT INTO t (key) SELECT ", first, " + i * ", step,
                         " FROM n"));
  }

  std::vector<int64_t> Expected() {
    std::vector<int64_t> keys;
    auto row = connection_->Prepare("SELECT key FROM t ORDER BY key");
    while (*row->Step()) keys.push_back(row->Int());
    return keys;
  }

  absl::StatusOr<std::vector<int64_t>> Scan(int64_t keys_a_range, int64_t damaged_key = -1) {
    return ScanRanges(*SplitKeys(*connection_, kSpan, keys_a_range), damaged_key);
  }
  // In batches of three, of which one may be ahead, so that scanners wait for their turn.
  absl::StatusOr<std::vector<int64_t>> ScanRanges(const std::vector<KeyRange>& ranges,
                                                  int64_t damaged_key = -1) {
    std::vector<int64_t> keys;
    TableScanPlan plan{path_, kRows, 3};
    plan.batches = 1;
    const absl::Status scanned = ScanTable<int64_t>(
        plan, ranges, *connection_,
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
  TableScanPlan plan{path_ + ".not_there", kRows, 3};
  EXPECT_FALSE(ScanTable<int64_t>(
                   plan, *SplitKeys(*connection_, kSpan, 10), *connection_,
                   [](Statement& row, int64_t& key) -> absl::Status {
                     key = row.Int();
                     return absl::OkStatus();
                   },
                   [](int64_t&&) {})
                   .ok());
}

// ---- by pages

TEST_F(TableScanTest, PagesGiveRangesOfAboutAsManyRowsHoweverTheKeysLie) {
  Execute("DROP TABLE t; CREATE TABLE t (key INTEGER PRIMARY KEY, filler TEXT)");
  Insert(1, 1, 1);                       // one that has waited for long
  Insert(1'000'000, 1'000'003, 20'000);  // some that are left of many
  Insert(int64_t{1} << 50, 1, 60'000);   // and those of today
  Execute("UPDATE t SET filler = hex(zeroblob(30))");
  Checkpoint();
  const std::vector<KeyRange> ranges = *SplitLeaves(*connection_, kSpan, kRoot, 2);
  const std::vector<int64_t> keys = Expected();
  ASSERT_EQ(keys.size(), 80'001u);
  EXPECT_EQ(*ScanRanges(ranges), keys);
  ASSERT_GT(ranges.size(), 300u);
  EXPECT_EQ(ranges.front().first, keys.front());
  EXPECT_EQ(ranges.back().last, keys.back());
  size_t most = 0;
  size_t key = 0;
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (i > 0) {
      ASSERT_EQ(ranges[i].first, ranges[i - 1].last + 1);
    }
    const size_t before = key;
    while (key < keys.size() && keys[key] <= ranges[i].last) ++key;
    most = std::max(most, key - before);
  }
  EXPECT_EQ(key, keys.size());
  EXPECT_LT(most, 4 * keys.size() / ranges.size());
}

TEST_F(TableScanTest, PagesOfATableOfOnePageOrNoneGiveOneRange) {
  EXPECT_TRUE(SplitLeaves(*connection_, kSpan, kRoot, 1)->empty());
  Insert(7, 1, 3);
  Checkpoint();
  EXPECT_EQ(SplitLeaves(*connection_, kSpan, kRoot, 1)->size(), 1u);
  EXPECT_EQ(*ScanRanges(*SplitLeaves(*connection_, kSpan, kRoot, 1)), Expected());
}

TEST_F(TableScanTest, PagesThatAreOnlyInTheLogCostSpeedAndNothingElse) {
  Insert(1, 1, 5000);
  Checkpoint();
  Insert(1'000'000, 1, 5000);
  Execute("DELETE FROM t WHERE key < 2500");
  EXPECT_EQ(*ScanRanges(*SplitLeaves(*connection_, kSpan, kRoot, 1)), Expected());
}

TEST_F(TableScanTest, PagesThatAreDamagedGiveNoRowTwiceAndLoseNone) {
  Insert(1, 1, 200'000);
  Checkpoint();
  // Into the table's root page in the file; the connection has its own copy.
  const auto keys = Expected();
  const auto root = connection_->QueryText(kRoot);
  ASSERT_TRUE(root.ok());
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((std::stoll(*root) - 1) * 8192 + 1 + static_cast<int>(random() % 60));
    file.put(static_cast<char>(random()));
    file.close();
    int64_t last = 0;
    const auto ranges = SplitLeaves(*connection_, kSpan, kRoot, 1);
    ASSERT_TRUE(ranges.ok()) << ranges.status();
    for (const KeyRange& range : *ranges) {
      ASSERT_EQ(range.first, last + 1);
      ASSERT_GE(range.last, range.first);
      last = range.last;
    }
    EXPECT_EQ(last, keys.back());
  }
}

// ---- without threads

constexpr size_t kStackBytes = 64 << 20;

int64_t AddressSpaceBytes() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

bool CanStartThread() {
  try {
    std::thread([] {}).join();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// In a child with room for the stacks of so many threads: they are larger than any that was used
// before. 0: it read what is expected; 77: the system starts threads all the same.
int ScanWithRoomFor(int threads, const std::function<bool()>& scans_all) {
  const pid_t child = fork();
  if (child == 0) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    if (pthread_setattr_default_np(&attributes) != 0) _exit(77);
    const auto bytes = static_cast<rlim_t>(AddressSpaceBytes()) + kStackBytes / 2 +
                       static_cast<rlim_t>(threads) * kStackBytes;
    const rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(77);
    if (threads == 0 && CanStartThread()) _exit(77);
    _exit(scans_all() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(TableScanTest, WithFewerThreadsOrNoneAllRowsAreReadAllTheSame) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer needs all of the address space";
#endif
  Insert(1, 1, 5000);
  const std::vector<int64_t> keys = Expected();
  for (const int threads : {0, 1, 3}) {
    const int result = ScanWithRoomFor(threads, [&] { return *Scan(100) == keys; });
    if (result == 77) GTEST_SKIP() << "this system starts threads without room for them";
    EXPECT_EQ(result, 0) << threads;
  }
}

}  // namespace
}  // namespace lull
