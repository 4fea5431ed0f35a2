// Jobs of a test, from submitting to their end. A client fails the test where the server does not
// answer as it must.
#ifndef LULL_TESTS_INTEGRATION_JOB_DRIVER_H_
#define LULL_TESTS_INTEGRATION_JOB_DRIVER_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "proto/job.pb.h"
#include "tests/integration/call_ledger.h"
#include "tests/integration/store_dump.h"
#include "tests/testing/lull_client.h"

namespace lull {

class JobDriver {
 public:
  explicit JobDriver(const std::string& address) : client_(address) {}
  LullClient& client() { return client_; }

  // The ids, in the order of submitting. `change` is called on each job before it leaves.
  std::vector<std::string> Submit(absl::string_view class_name, int count,
                                  const std::function<void(v1::Job*)>& change = {});
  std::string SubmitOne(absl::string_view class_name,
                        const std::function<void(v1::Job*)>& change = {});

  v1::Job Get(const std::string& id);
  std::vector<v1::Job> GetAll(const std::vector<std::string>& ids,
                              v1::JobView view = v1::JOB_VIEW_BASIC);
  // The first of them that is pending for this reason; nullopt: it was not seen.
  std::optional<v1::Job> AwaitReason(const std::vector<std::string>& ids, v1::PendingReason reason,
                                     absl::Duration limit);
  // Fails the test unless all have succeeded by then. Their full views.
  std::vector<v1::Job> AwaitSuccess(const std::vector<std::string>& ids, absl::Duration limit);
  // How many have ended.
  int CountEnded(const std::vector<std::string>& ids);

 private:
  LullClient client_;
  int submitted_ = 0;
};

absl::Time ToTime(const google::protobuf::Timestamp& time);

// The grants of a run, joined with the calls that they led to.
struct Grant {
  std::string job_id;
  LeaseNumber lease = 0;
  absl::Time time;
  std::string upstream;
};
// In the order of the log.
std::vector<Grant> GrantsOf(const StoreDump& store, absl::string_view class_name);
std::vector<absl::Time> TimesOf(const std::vector<Grant>& grants);
// Of these jobs, in the order of arrival.
std::vector<LedgerCall> CallsOf(const std::vector<LedgerCall>& calls,
                                const std::vector<std::string>& job_ids);
// From the grant to the arrival of its call; fails the test if a call has no grant.
absl::Duration LargestDelay(const std::vector<Grant>& grants, const std::vector<LedgerCall>& calls);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_JOB_DRIVER_H_
