// Steps in the lives of jobs, as the groups that an engine would write for them.
#ifndef LULL_TESTS_STORAGE_SQLITE_LIFE_STEP_H_
#define LULL_TESTS_STORAGE_SQLITE_LIFE_STEP_H_

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "storage/record.h"
#include "tests/storage/store_image.h"

namespace lull {

// When things of this job happen: the greater the number the later.
absl::Time TimeOfJob(JobNumber job);

struct LifeStep {
  std::vector<Record> records;
  std::vector<Event> events;
};

// With bodies that do not compress, and an idempotency key each.
LifeStep SubmitJobs(const StoreImage& store, int count, size_t body_bytes);

LifeStep GrantJob(LiveState live);
LifeStep RetryJob(LiveState live);
LifeStep FinishJob(const LiveState& live, size_t response_bytes);
LifeStep CancelJob(const LiveState& live);
LifeStep DeleteJob(JobNumber job);  // one that has ended, or is not there
LifeStep AddUsage(int32_t day);
LifeStep SetSmallStates(const std::string& value);

LifeStep RandomStep(const StoreImage& store, std::mt19937_64& random);

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SQLITE_LIFE_STEP_H_
