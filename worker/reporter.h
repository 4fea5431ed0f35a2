// Tells the server what became of leases, again and again until it has taken each report: a paid
// answer must not be lost because the server was away. Bounded by the leases that the worker may
// hold, since none of them makes room for another before its report is taken. On the event loop's
// thread alone.
#ifndef LULL_WORKER_REPORTER_H_
#define LULL_WORKER_REPORTER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/worker_service.pb.h"
#include "worker/event_loop.h"
#include "worker/queue_client.h"
#include "worker/retry_pace.h"
#include "worker/worker_metrics.h"

namespace lull {

class Reporter {
 public:
  // The server is done with that lease, or will never take its report.
  using OnTaken = std::function<void(const std::string& token)>;

  // The references outlive the last answer; idle() says when.
  Reporter(std::string worker_id, EventLoop& loop, QueueClient& queue, WorkerMetrics& metrics,
           OnTaken on_taken);

  void Finish(v1::AttemptResult result);
  // Gives a lease back whose call was never begun.
  void Release(const std::string& token);

  // Nothing is left to tell.
  bool idle() const { return results_.empty() && !batch_ && tokens_.empty() && !release_; }
  // Tries no more after a failure.
  void GiveUp() { given_up_ = true; }

 private:
  void SendResults();
  void EndResults(absl::StatusOr<v1::FinishAttemptsResponse> response);
  void TakeAnswers(const v1::FinishAttemptsResponse& response);
  // The whole batch failed: how to go on.
  void PutBack(const absl::Status& status);
  // Tells again of a call whose report the server refuses, with less of it; false: twice was
  // enough.
  bool SendLess(v1::AttemptResult result, absl::string_view why);
  void Forget(const std::string& token);
  void SendReleases();
  void EndReleases(const absl::StatusOr<v1::ReleaseLeasesResponse>& response);
  void LogFailure(const absl::Status& status);
  void CountPending();

  const std::string worker_id_;
  EventLoop& loop_;
  QueueClient& queue_;
  WorkerMetrics& metrics_;
  const OnTaken on_taken_;

  // Results that are not under way, and the batch that is. One batch at a time: the next one
  // gathers meanwhile.
  std::deque<v1::AttemptResult> results_;
  std::shared_ptr<v1::FinishAttemptsRequest> batch_;
  std::map<std::string, int> refusals_;  // by lease token, of reports that were refused
  int singly_ = 0;                       // so many batches are to have one result only
  bool resting_ = false;
  RetryPace pace_;

  std::vector<std::string> tokens_;
  std::shared_ptr<v1::ReleaseLeasesRequest> release_;
  RetryPace release_pace_;

  bool failing_ = false;  // that is in the log
  bool given_up_ = false;
};

}  // namespace lull

#endif  // LULL_WORKER_REPORTER_H_
