#include "storage/job_id.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr char kText[] = "0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9e";

TEST(JobIdTest, TextIsParsedBackToTheSameId) {
  const auto id = JobId::Parse(kText);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->ToString(), kText);
  EXPECT_EQ(id->bytes[0], 0x01);
  EXPECT_EQ(id->bytes[6], 0x7c);
  EXPECT_EQ(id->bytes[15], 0x9e);
}

TEST(JobIdTest, UpperCaseIsAccepted) {
  std::string upper = kText;
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  ASSERT_NE(upper, kText);
  EXPECT_EQ(JobId::Parse(upper), JobId::Parse(kText));
}

TEST(JobIdTest, AnythingElseIsRefused) {
  const std::string good = kText;
  for (const std::string& bad : std::vector<std::string>{
           std::string(), good.substr(1), good + "0", good + " ", " " + good, "{" + good + "}",
           "0190d3c27b1e7c3a9f003d5a6b7c8d9e", "0190d3c2-7b1e-7c3a-9f003d-5a6b7c8d9e",
           "0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9g", "0190d3c2_7b1e_7c3a_9f00_3d5a6b7c8d9e",
           std::string(36, '-'), std::string(36, '0'), std::string(36, '\0')}) {
    EXPECT_FALSE(JobId::Parse(bad).has_value()) << bad;
  }
}

TEST(JobIdTest, EveryPositionIsChecked) {
  for (size_t i = 0; i < sizeof(kText) - 1; ++i) {
    std::string bad = kText;
    bad[i] = bad[i] == '-' ? '0' : '-';
    EXPECT_FALSE(JobId::Parse(bad).has_value()) << bad;
  }
}

// At the instant of the example in RFC 9562, appendix A.6.
TEST(JobIdTest, HasTheLayoutOfVersion7) {
  const absl::Time time = absl::FromUnixMillis(0x017F22E279B0);
  const JobId id = JobId::FromTimeAndRandom(time, ~uint64_t{0}, ~uint64_t{0});
  EXPECT_EQ(id.ToString(), "017f22e2-79b0-7fff-bfff-ffffffffffff");
  EXPECT_EQ(JobId::FromTimeAndRandom(time, 0, 0).ToString(),
            "017f22e2-79b0-7000-8000-000000000000");
}

TEST(JobIdTest, AllRandomBitsCount) {
  const absl::Time time = absl::FromUnixMillis(0x017F22E279B0);
  absl::flat_hash_set<JobId> seen;
  for (int bit = 0; bit < 64; ++bit)
    seen.insert(JobId::FromTimeAndRandom(time, 0, uint64_t{1} << bit));
  for (int bit = 0; bit < 64; ++bit)
    seen.insert(JobId::FromTimeAndRandom(time, uint64_t{1} << bit, 0));
  seen.insert(JobId::FromTimeAndRandom(time, 0, 0));
  EXPECT_EQ(seen.size(), 74u + 1) << "74 bits of the two words, and none of them";
}

TEST(JobIdTest, SortsByTimeAsBytesAndAsText) {
  std::vector<JobId> ids;
  for (int64_t millis : {int64_t{0}, int64_t{1}, int64_t{255}, int64_t{256}, int64_t{1795464000000},
                         int64_t{1795464000001}}) {
    ids.push_back(JobId::FromTimeAndRandom(absl::FromUnixMillis(millis),
                                           ~static_cast<uint64_t>(millis),
                                           ~static_cast<uint64_t>(millis)));
  }
  for (size_t i = 1; i < ids.size(); ++i) {
    EXPECT_LT(ids[i - 1], ids[i]);
    EXPECT_LT(ids[i - 1].ToString(), ids[i].ToString());
  }
}

}  // namespace
}  // namespace lull
