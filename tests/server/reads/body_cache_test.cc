#include "server/reads/body_cache.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace lull {
namespace {

std::shared_ptr<const JobSpec> Spec(JobNumber number, size_t body_bytes) {
  auto spec = std::make_shared<JobSpec>();
  spec->number = number;
  spec->body = std::make_shared<const std::string>(body_bytes, 'x');
  return spec;
}

TEST(BodyCache, GivesWhatItWasGivenUntilItIsRemoved) {
  BodyCache cache(1 << 20);
  const auto spec = Spec(7, 100);
  cache.Add(spec);
  EXPECT_EQ(cache.Find(7), spec);
  EXPECT_EQ(cache.Find(8), nullptr);
  cache.Remove(7);
  EXPECT_EQ(cache.Find(7), nullptr);
  const BodyCache::Stats stats = cache.GetStats();
  EXPECT_EQ(stats.jobs, 0);
  EXPECT_EQ(stats.bytes, 0);
  EXPECT_EQ(stats.hits, 1);
  EXPECT_EQ(stats.misses, 2);
}

TEST(BodyCache, StaysWithinItsBoundAndLetsTheOldestGo) {
  BodyCache cache(10'000);
  for (JobNumber job = 1; job <= 100; ++job) {
    cache.Add(Spec(job, 1000));
    EXPECT_LE(cache.GetStats().bytes, 10'000);
  }
  EXPECT_EQ(cache.Find(1), nullptr);
  EXPECT_NE(cache.Find(100), nullptr);
  EXPECT_GE(cache.GetStats().jobs, 5);
}

TEST(BodyCache, ABodyThatIsTooLargeIsNotKeptAndPushesNobodyOut) {
  BodyCache cache(10'000);
  cache.Add(Spec(1, 100));
  cache.Add(Spec(2, 10'000));
  EXPECT_NE(cache.Find(1), nullptr);
  EXPECT_EQ(cache.Find(2), nullptr);
}

TEST(BodyCache, EmptyBodiesCostSomethingToo) {
  BodyCache cache(10'000);
  for (JobNumber job = 1; job <= 1000; ++job) cache.Add(Spec(job, 0));
  EXPECT_LT(cache.GetStats().jobs, 30);
}

TEST(BodyCache, ManyShortLivedJobsBehindALongLivedOneLeaveNothing) {
  BodyCache cache(1 << 20);
  cache.Add(Spec(1, 10));
  for (JobNumber job = 2; job <= 100'000; ++job) {
    cache.Add(Spec(job, 10));
    cache.Remove(job);
  }
  EXPECT_EQ(cache.GetStats().jobs, 1);
  EXPECT_NE(cache.Find(1), nullptr);
  EXPECT_LT(cache.remembered(), 200u);
}

TEST(BodyCache, TheSameJobAgainChangesNothing) {
  BodyCache cache(1 << 20);
  cache.Add(Spec(1, 10));
  const int64_t bytes = cache.GetStats().bytes;
  cache.Add(Spec(1, 10));
  EXPECT_EQ(cache.GetStats().bytes, bytes);
}

}  // namespace
}  // namespace lull
