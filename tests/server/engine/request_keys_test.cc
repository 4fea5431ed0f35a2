#include "server/engine/request_keys.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

const absl::Time kStart = absl::UnixEpoch() + absl::Hours(1);

TEST(RequestKeysTest, FindsAKeyForItsWindowAndForgetsItAfterTwo) {
  RequestKeys keys(absl::Hours(24));
  keys.Add({{1, 1}, 10, 100, kStart});
  keys.Add({{2, 2}, 20, 200, kStart + absl::Hours(25)});
  ASSERT_TRUE(keys.Find({1, 1}, 10).has_value());
  EXPECT_EQ(keys.Find({1, 1}, 10)->job, 100);
  EXPECT_EQ(keys.size(), 2);
  keys.Add({{3, 3}, 30, 300, kStart + absl::Hours(50)});
  EXPECT_FALSE(keys.Find({1, 1}, 10).has_value());
  EXPECT_EQ(keys.Find({2, 2}, 20)->job, 200);
  EXPECT_EQ(keys.Find({3, 3}, 30)->job, 300);
  EXPECT_EQ(keys.size(), 2);
}

TEST(RequestKeysTest, ForgetsAlsoWhenNoneIsAdded) {
  RequestKeys keys(absl::Hours(24));
  keys.Forget(kStart);
  keys.Add({{1, 1}, 10, 100, kStart});
  keys.Add({{2, 2}, 20, 200, kStart + absl::Hours(23)});
  EXPECT_EQ(keys.next_forget(), kStart + absl::Hours(24));
  keys.Forget(kStart + absl::Hours(24));
  EXPECT_EQ(keys.size(), 2) << "the second is an hour old";
  keys.Forget(kStart + absl::Hours(47));
  EXPECT_EQ(keys.size(), 2);
  keys.Forget(kStart + absl::Hours(48));
  EXPECT_EQ(keys.size(), 0);
  keys.Add({{3, 3}, 30, 300, kStart + absl::Hours(90)});
  keys.Forget(kStart + absl::Hours(113));
  EXPECT_TRUE(keys.Find({3, 3}, 30).has_value());
  keys.Forget(kStart + absl::Hours(138));
  EXPECT_EQ(keys.size(), 0) << "two windows in one step";
}

TEST(RequestKeysTest, TellsWhetherTheContentIsTheSame) {
  RequestKeys keys(absl::Hours(24));
  keys.Add({{1, 1}, 10, 100, kStart});
  EXPECT_TRUE(keys.Find({1, 1}, 10)->same_content);
  EXPECT_FALSE(keys.Find({1, 1}, 11)->same_content);
  EXPECT_EQ(keys.Find({1, 1}, 11)->job, 100);
}

TEST(RequestKeysTest, BothHalvesOfAKeyCount) {
  RequestKeys keys(absl::Hours(24));
  keys.Add({{1, 1}, 10, 100, kStart});
  EXPECT_FALSE(keys.Find({1, 2}, 10).has_value());
  EXPECT_FALSE(keys.Find({2, 1}, 10).has_value());
}

TEST(RequestKeysTest, AKeyThatIsAddedAgainHasItsNewUse) {
  RequestKeys keys(absl::Hours(24));
  keys.Add({{1, 1}, 10, 100, kStart});
  keys.Add({{1, 1}, 11, 101, kStart});
  EXPECT_EQ(keys.Find({1, 1}, 11)->job, 101);
  EXPECT_TRUE(keys.Find({1, 1}, 11)->same_content);
  EXPECT_EQ(keys.size(), 1);
}

}  // namespace
}  // namespace lull
