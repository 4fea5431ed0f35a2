#include "server/engine/inbox.h"

#include "gtest/gtest.h"
#include "tests/testing/fake_clock.h"

namespace lull {
namespace {

Command Submit(size_t bytes) {
  NewJob job;
  job.spec = std::make_shared<JobSpec>();
  job.spec->body = std::make_shared<const std::string>(bytes, 'x');
  return Call<SubmitRequest, SubmitReply>{{{}, {job}, false}, [](absl::StatusOr<SubmitReply>) {}};
}
Command Report() {
  return Call<FinishRequest, FinishReply>{{}, [](absl::StatusOr<FinishReply>) {}};
}

Command Progress(int64_t bytes) {
  return Call<ProgressRequest, ProgressReply>{{{}, "w", {}, bytes},
                                              [](absl::StatusOr<ProgressReply>) {}};
}

class InboxTest : public ::testing::Test {
 protected:
  size_t Take(int64_t calls, int64_t bytes) {
    return inbox_.Take(-absl::InfiniteDuration(), calls, bytes).size();
  }
  FakeClock clock_;
  Inbox inbox_{{3, 100, 2, 100}, &clock_};
};

TEST_F(InboxTest, IsBoundedByCallsAndLeavesRoomForReports) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(inbox_.Push(Submit(1)).ok());
  EXPECT_EQ(inbox_.Push(Submit(1)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(inbox_.Push(Report()).ok());
  EXPECT_TRUE(inbox_.Push(Report()).ok());
  EXPECT_EQ(inbox_.Push(Report()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Take(100, 1000), 5u);
  EXPECT_TRUE(inbox_.Push(Submit(1)).ok());
}

TEST_F(InboxTest, IsBoundedByBytesButTakesOneOfAnySize) {
  EXPECT_TRUE(inbox_.Push(Submit(500)).ok());
  EXPECT_FALSE(inbox_.Push(Submit(1)).ok());
  EXPECT_EQ(Take(100, 10), 1u);
  EXPECT_TRUE(inbox_.Push(Submit(60)).ok());
  EXPECT_TRUE(inbox_.Push(Submit(40)).ok());
  EXPECT_FALSE(inbox_.Push(Submit(1)).ok());
}

TEST_F(InboxTest, CountsWhatPartialOutputHolds) {
  EXPECT_TRUE(inbox_.Push(Progress(60)).ok());
  EXPECT_FALSE(inbox_.Push(Progress(41)).ok());
  EXPECT_FALSE(inbox_.Push(Submit(41)).ok());
  EXPECT_TRUE(inbox_.Push(Report()).ok());
}

TEST_F(InboxTest, GivesGroupsWithinTheirBounds) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(inbox_.Push(Submit(30)).ok());
  EXPECT_EQ(Take(2, 1000), 2u);
  ASSERT_TRUE(inbox_.Push(Submit(30)).ok());
  EXPECT_EQ(Take(100, 59), 1u);
  EXPECT_EQ(Take(100, 59), 1u);
  EXPECT_EQ(Take(100, 59), 0u);
}

TEST_F(InboxTest, WakeEndsAWait) {
  inbox_.Wake();
  EXPECT_TRUE(inbox_.Take(absl::InfiniteDuration(), 1, 1).empty());
}

}  // namespace
}  // namespace lull
