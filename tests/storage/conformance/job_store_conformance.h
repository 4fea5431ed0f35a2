// What every JobStore must do, whatever it keeps its data in. A backend runs the whole suite by
// instantiating it:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreConformance, ::testing::Values(Backend{...}),
//   BackendName);
#ifndef LULL_TESTS_STORAGE_CONFORMANCE_JOB_STORE_CONFORMANCE_H_
#define LULL_TESTS_STORAGE_CONFORMANCE_JOB_STORE_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "storage/job_store.h"

namespace lull {

struct Backend {
  std::string name;
  // Opens the store in `data_dir`, which belongs to the test and at first does not exist.
  std::function<absl::StatusOr<std::unique_ptr<JobStore>>(const std::string& data_dir)> open;
  // Bodies above this size are stored in another way, if there is such a size.
  int64_t large_body_bytes = 0;
};

inline std::ostream& operator<<(std::ostream& out, const Backend& backend) {
  return out << backend.name;
}

inline std::string BackendName(const ::testing::TestParamInfo<Backend>& info) {
  return info.param.name;
}

// At first the store is open, empty and recovered.
class JobStoreConformance : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override;

  // As a new process would: closes the store if it is open, opens and recovers it.
  void Reopen();
  void Recover();

  // A group that the store accepts as its next one.
  Group NextGroup() const;

  // Applies it and keeps count of the events.
  absl::Status Apply(std::vector<Record> records, std::vector<Event> events = {});

  // Until there is no more to prune.
  void PruneToTheEnd(const Retention& retention, absl::Time now);

  std::unique_ptr<JobReader> NewReader();
  std::vector<LiveState> Live();
  std::vector<KeyAdded> Keys();
  std::vector<SmallState> SmallStates();
  std::vector<UsageAdded> AllUsage();
  bool Exists(JobNumber job);
  std::vector<JobNumber> Jobs();

  // Each writes the record and expects to read it back as it is. The job of `live` must be the only
  // one.
  void ExpectKept(const JobSpec& spec);
  void ExpectKept(const LiveState& live);
  void ExpectKept(const JobEnded& ended);

  std::string data_dir_;
  std::unique_ptr<JobStore> store_;
  JobStore::Recovered recovered_;
  EventNumber next_event_ = 0;
};

Event MakeEvent(JobNumber job, EventKind kind);

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_CONFORMANCE_JOB_STORE_CONFORMANCE_H_
