#include "worker/config/worker_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"

namespace lull {
namespace {

TEST(HostWorkerId, HasOnlyWhatIdsMayHave) {
  const std::string id = HostWorkerId();
  EXPECT_FALSE(id.empty());
  EXPECT_LE(id.size(), static_cast<size_t>(kMaxConfiguredWorkerIdSize));
  EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
  })) << id;
}

TEST(UniqueWorkerId, FitsTheApiAndDiffersByItsRandomPart) {
  EXPECT_EQ(UniqueWorkerId("w1", 0xabc), "w1-0000000000000abc");
  EXPECT_NE(UniqueWorkerId("w1", 1), UniqueWorkerId("w1", 2));
  EXPECT_LE(UniqueWorkerId(std::string(kMaxConfiguredWorkerIdSize, 'x'), ~uint64_t{0}).size(), 63u);
}

}  // namespace
}  // namespace lull
