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

class ClientHistory {
 public:
  // To be called before the request leaves.
  void Ask(const std::string& marker, const std::string& request_id);
  void Acknowledge(const std::string& marker, const std::string& job_id);
  void Refuse(const std::string& marker, absl::StatusCode code);
  void AskCancel(const std::string& job_id);

  // The n-th acknowledged submission, counted modulo their number; nullopt while there is none.
  std::optional<Submission> Acknowledged(uint64_t n) const;

  // In the order of their markers.
  std::vector<Submission> Submissions() const;
  std::vector<std::string> CancelAsked() const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, Submission> submissions_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);  // markers
  std::vector<std::string> cancel_asked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_CLIENT_HISTORY_H_
