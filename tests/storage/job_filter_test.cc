// The filter against what its fields say, one by one, over many random filters and jobs.
#include "storage/job_filter.h"

#include <map>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace lull {
namespace {

using Random = std::mt19937_64;

std::string OneOf(Random& random, std::initializer_list<const char*> values) {
  return values.begin()[random() % values.size()];
}

absl::Time RandomTime(Random& random) {
  return absl::UnixEpoch() + absl::Seconds(static_cast<int64_t>(random() % 4));
}

std::string RandomClass(Random& random) { return OneOf(random, {"batch", "chat", ""}); }

std::pair<std::string, std::string> RandomPair(Random& random) {
  return {OneOf(random, {"team", "run", ""}), OneOf(random, {"a", "b", ""})};
}

JobFilter RandomFilter(Random& random) {
  JobFilter filter;
  if (random() % 2 == 0) filter.states = static_cast<uint32_t>(random()) & JobFilter::kAllStates;
  for (auto n = random() % 4; n == 1 || n == 2; --n) filter.class_is.push_back(RandomClass(random));
  for (auto n = random() % 3; n > 0; --n) filter.class_is_not.push_back(RandomClass(random));
  for (auto n = random() % 3; n > 0; --n) filter.label_is.push_back(RandomPair(random));
  for (auto n = random() % 3; n > 0; --n) filter.label_is_not.push_back(RandomPair(random));
  if (random() % 4 == 0) filter.created_from = RandomTime(random);
  if (random() % 4 == 0) filter.created_until = RandomTime(random);
  return filter;
}

struct Job {
  JobState state;
  std::string class_name;
  absl::Time create_time;
  std::map<std::string, std::string> labels;
};

Job RandomJob(Random& random) {
  Job job;
  job.state = static_cast<JobState>(1 + random() % 7);
  job.class_name = RandomClass(random);
  job.create_time = RandomTime(random);
  for (auto n = random() % 3; n > 0; --n) job.labels.insert(RandomPair(random));
  return job;
}

bool Matches(const JobFilter& filter, const Job& job) {
  const Labels labels(job.labels.begin(), job.labels.end());
  return filter.Matches({job.state, job.class_name, job.create_time, &labels});
}

// Each comparison apart, in the words of job_filter.h.
bool Expected(const JobFilter& filter, const Job& job) {
  bool all = ((filter.states >> static_cast<int>(job.state)) & 1) == 1;
  for (const std::string& name : filter.class_is) all = all && job.class_name == name;
  for (const std::string& name : filter.class_is_not) all = all && job.class_name != name;
  for (const auto& [key, value] : filter.label_is) {
    all = all && job.labels.count(key) == 1 && job.labels.at(key) == value;
  }
  for (const auto& [key, value] : filter.label_is_not) {
    all = all && (job.labels.count(key) == 0 || job.labels.at(key) != value);
  }
  if (filter.created_from != absl::InfinitePast()) {
    all = all && !(job.create_time < filter.created_from);
  }
  if (filter.created_until != absl::InfiniteFuture()) {
    all = all && job.create_time < filter.created_until;
  }
  return all;
}

TEST(JobFilterTest, MatchesWhatEachComparisonSays) {
  Random random(20261127);
  int matched = 0;
  constexpr int kRounds = 200'000;
  for (int i = 0; i < kRounds; ++i) {
    const JobFilter filter = RandomFilter(random);
    const Job job = RandomJob(random);
    ASSERT_EQ(Matches(filter, job), Expected(filter, job)) << "round " << i;
    matched += Expected(filter, job) ? 1 : 0;
  }
  EXPECT_GT(matched, kRounds / 50) << "the random filters must let something through";
  EXPECT_LT(matched, kRounds / 2);
}

TEST(JobFilterTest, AnEmptyFilterMatchesEveryJob) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Matches(JobFilter(), RandomJob(random)));
}

TEST(JobFilterTest, EveryFurtherComparisonMatchesNoMore) {
  Random random(2);
  for (int i = 0; i < 20'000; ++i) {
    const JobFilter filter = RandomFilter(random);
    const Job job = RandomJob(random);
    JobFilter narrower = filter;
    narrower.label_is.push_back(RandomPair(random));
    narrower.class_is_not.push_back(RandomClass(random));
    EXPECT_TRUE(Matches(filter, job) || !Matches(narrower, job));
  }
}

TEST(JobFilterTest, EqualAndNotEqualToALabelDivideTheJobs) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto pair = RandomPair(random);
    const Job job = RandomJob(random);
    JobFilter is, is_not;
    is.label_is.push_back(pair);
    is_not.label_is_not.push_back(pair);
    EXPECT_NE(Matches(is, job), Matches(is_not, job));
  }
}

TEST(JobFilterTest, StateMasksNameTheStatesTheySay) {
  for (int i = 1; i <= 7; ++i) {
    const auto state = static_cast<JobState>(i);
    EXPECT_NE(JobFilter::kAllStates & JobFilter::Bit(state), 0u) << i;
    EXPECT_EQ((JobFilter::kEndedStates & JobFilter::Bit(state)) != 0, IsTerminal(state)) << i;
  }
}

TEST(JobFilterTest, AJobWithoutLabelsHasNone) {
  JobFilter filter;
  filter.label_is_not = {{"team", "a"}};
  EXPECT_TRUE(filter.Matches({JobState::kPending, "batch", absl::UnixEpoch(), nullptr}));
  filter.label_is = {{"team", "a"}};
  EXPECT_FALSE(filter.Matches({JobState::kPending, "batch", absl::UnixEpoch(), nullptr}));
}

}  // namespace
}  // namespace lull
