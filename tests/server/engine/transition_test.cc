#include "server/engine/transition.h"

#include <set>
#include <utility>

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(TransitionTest, ExactlyTheseAreLegal) {
  using enum JobState;
  const std::set<std::pair<JobState, JobState>> legal = {
      {kPending, kRunning},      {kPending, kSucceeded},  {kPending, kFailed},
      {kPending, kCancelled},    {kPending, kExpired},    {kRunning, kSucceeded},
      {kRunning, kFailed},       {kRunning, kPending},    {kRunning, kCancelling},
      {kCancelling, kCancelled}, {kCancelling, kExpired}, {kCancelling, kSucceeded},
  };
  const JobState all[] = {kPending, kRunning,   kCancelling, kSucceeded,
                          kFailed,  kCancelled, kExpired};
  for (JobState from : all) {
    for (JobState to : all) {
      EXPECT_EQ(IsLegalTransition(from, to), legal.contains({from, to}))
          << static_cast<int>(from) << " -> " << static_cast<int>(to);
    }
  }
}

}  // namespace
}  // namespace lull
