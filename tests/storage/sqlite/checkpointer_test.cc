#include "storage/sqlite/checkpointer.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

// A sixteenth of the usual sizes, and what is written is counted in sixteenths of a mebibyte.
constexpr CheckpointLimits kLimits = {32, 128, 2048};
constexpr int64_t kUnit = 1 << 16;

class CheckpointerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connection = Connection::OpenWriter(path_);
    ASSERT_TRUE(connection.ok()) << connection.status();
    writer_ = *std::move(connection);
    ASSERT_TRUE(writer_->Execute("CREATE TABLE t (a)").ok());
  }

  void Write(int64_t units) {
    for (int64_t i = 0; i < units; ++i) {
      ASSERT_TRUE(writer_->Execute("INSERT INTO t VALUES (zeroblob(65000))").ok());
      ASSERT_TRUE(checkpointer().AfterCommit().ok());
      largest_log_ = std::max(largest_log_, LogBytes());
    }
  }

  int64_t LogBytes() const { return SizeOf("-wal"); }
  int64_t MainBytes() const { return SizeOf(""); }
  int64_t SizeOf(const std::string& suffix) const {
    struct stat found;
    return stat((path_ + suffix).c_str(), &found) == 0 ? found.st_size : -1;
  }

  Checkpointer& checkpointer() {
    if (checkpointer_ == nullptr) checkpointer_ = std::make_unique<Checkpointer>(*writer_, kLimits);
    return *checkpointer_;
  }

  bool Idle() {
    const auto more = checkpointer().WhenIdle();
    EXPECT_TRUE(more.ok()) << more.status();
    return more.ok() && *more;
  }

  const std::string path_ = NewTempDir() + "/test.db";
  std::unique_ptr<Connection> writer_;
  std::unique_ptr<Checkpointer> checkpointer_;
  int64_t largest_log_ = 0;
};

TEST_F(CheckpointerTest, LeavesASmallLogAlone) {
  Write(1);
  const int64_t before = MainBytes();
  EXPECT_FALSE(Idle());
  EXPECT_EQ(MainBytes(), before);
}

TEST_F(CheckpointerTest, AnIdleMomentBringsALargerLogIntoTheMainFile) {
  Write(6);
  EXPECT_LT(MainBytes(), kUnit) << "not inside a commit";
  EXPECT_FALSE(Idle());
  EXPECT_GT(MainBytes(), 6 * kUnit);
}

TEST_F(CheckpointerTest, TheLogStaysBoundedUnderLoadWithoutIdleMoments) {
  Write(100);
  EXPECT_LT(largest_log_, 20 * kUnit);
  EXPECT_GT(MainBytes(), 80 * kUnit);
}

TEST_F(CheckpointerTest, ALogThatAReaderMadeVeryLargeIsCutOnceItCanBe) {
  auto reader = Connection::OpenReader(path_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE((*reader)->Execute("BEGIN; SELECT * FROM t").ok());
  Write(280);
  EXPECT_GT(LogBytes(), 270 * kUnit) << "the reader needs it";
  while (Idle()) {
  }
  EXPECT_GT(LogBytes(), 270 * kUnit);
  ASSERT_TRUE((*reader)->Execute("COMMIT").ok());
  Write(1);
  int rounds = 0;
  while (Idle()) ASSERT_LT(++rounds, 10);
  EXPECT_EQ(LogBytes(), 0);
  EXPECT_GT(MainBytes(), 280 * kUnit);
}

TEST_F(CheckpointerTest, AVeryLargeLogIsCutUnderLoadToo) {
  auto reader = Connection::OpenReader(path_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE((*reader)->Execute("BEGIN; SELECT * FROM t").ok());
  Write(280);
  ASSERT_GT(LogBytes(), 270 * kUnit);
  ASSERT_TRUE((*reader)->Execute("COMMIT").ok());
  Write(20);
  EXPECT_LT(LogBytes(), 20 * kUnit);
}

}  // namespace
}  // namespace lull
