// What the clients of a run asked for and what they were told: one of the three sides that a run's
// invariants are checked from.
//
// Called from any thread.
#ifndef LULL_TESTS_INTEGRATION_CLIENT_HISTORY_H_
#define LULL_TESTS_INTEGRATION_CLIENT_HISTORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace lull {

// One content, submitted once or again and again with the same request id.
struct Submission {
  std::string marker;  // unique; also a label of the job that it makes
  std::string request_id;
  std::vector<std::string> acknowledged;                 // the job id of each acknowledgement
  std::optional<absl::StatusCode> refusal;               // the server's final word was no
  absl::Time asked = absl::InfiniteFuture();             // when it left for the first time
  absl::Time first_acknowledged = absl::InfinitePast();  // and was first acknowledged
};

// What was asked of jobs that were there, by job id.
struct Meddling {
  std::vector<std::string> cancel_asked;
  std::vector<std::string> delete_asked;
  std::vector<std::string> deleted;                         // and the server said so
  std::map<std::string, std::vector<std::string>> retries;  // asked for; the new ids it was told
  // The last priority asked for; nullopt: whether it was set is not known.
  std::map<std::string, std::optional<int>> priorities;
};

class ClientHistory {
 public:
  // To be called before the request leaves.
  void Ask(const std::string& marker, const std::string& request_id);
  void Acknowledge(const std::string& marker, const std::string& job_id);
  void Refuse(const std::string& marker, absl::StatusCode code);
  void AskCancel(const std::string& job_id);
  void AskDelete(const std::string& job_id);
  void Deleted(const std::string& job_id);
  void AskRetry(const std::string& job_id);
  void Retried(const std::string& job_id, const std::string& new_job_id);
  void AskPriority(const std::string& job_id);
  void PrioritySet(const std::string& job_id, int priority);

  // The n-th acknowledged submission, counted modulo their number; nullopt while there is none.
  std::optional<Submission> Acknowledged(uint64_t n) const;

  // The job that was acknowledged last; "" while there is none.
  std::string Newest() const;

  // In the order of their markers.
  std::vector<Submission> Submissions() const;
  Meddling GetMeddling() const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, Submission> submissions_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);  // markers
  Meddling meddling_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_CLIENT_HISTORY_H_
