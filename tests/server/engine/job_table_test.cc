#include "server/engine/job_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <utility>

namespace lull {
namespace {

TEST(JobTableTest, FindsEachOfManyJobsWhileOthersComeAndGo) {
  JobTable table;
  std::deque<std::pair<JobNumber, JobSlot>> live;
  for (JobNumber number = 1; number <= 30000; ++number) {
    live.emplace_back(number, table.Add(number));
    if (number % 3 == 0) continue;
    if (number % 1000 < 500) {  // every other one leaves out of turn
      table.Remove(live.front().second);
      EXPECT_EQ(table.Find(live.front().first), std::nullopt);
      live.pop_front();
    }
  }
  ASSERT_EQ(table.size(), live.size());
  for (const auto& [number, slot] : live) {
    ASSERT_EQ(table.Find(number), slot);
    ASSERT_EQ(table[slot].number, number);
  }
  EXPECT_EQ(table.Find(30001), std::nullopt);
}

TEST(JobTableTest, TellsNumbersApartThatDifferInTheirHigherHalfOnly) {
  constexpr JobNumber kFar = JobNumber{1} << 32;
  JobTable table;
  const JobSlot near = table.Add(5);
  EXPECT_EQ(table.Find(kFar + 5), std::nullopt);
  const JobSlot far = table.Add(kFar + 5);
  EXPECT_EQ(table.Find(5), near);
  EXPECT_EQ(table.Find(kFar + 5), far);
  table.Remove(near);
  EXPECT_EQ(table.Find(5), std::nullopt);
  EXPECT_EQ(table.Find(kFar + 5), far);
}

TEST(JobTableTest, GivesASlotAgainWithNothingLeftInIt) {
  JobTable table;
  const JobSlot slot = table.Add(1);
  table[slot].priority = 7;
  LiveJob* const address = &table[slot];
  table.Remove(slot);
  EXPECT_EQ(table.Add(2), slot);
  EXPECT_EQ(&table[slot], address);
  EXPECT_EQ(table[slot].number, 2);
  EXPECT_EQ(table[slot].priority, 0);
}

}  // namespace
}  // namespace lull
