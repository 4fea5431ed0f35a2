// Passes the output of watched calls on to the server while it arrives. It must never slow a call
// down: what the server does not take in time is dropped and not repeated, and the offsets of what
// follows show the gap. Bounded in bytes, whatever the number of calls.
#ifndef LULL_WORKER_PROGRESS_REPORTER_H_
#define LULL_WORKER_PROGRESS_REPORTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "proto/worker_service.pb.h"
#include "worker/event_loop.h"
#include "worker/queue_client.h"
#include "worker/retry_pace.h"
#include "worker/worker_metrics.h"

namespace lull {

class ProgressReporter {
 public:
  // Of one piece, and of all that wait to be sent, which fit into one report.
  static constexpr size_t kPieceBytesMax = 1 << 20;
  static constexpr size_t kWaitingBytesMax = 3 << 20;
  // Pieces of one report, and those that wait, however short they are.
  static constexpr size_t kReportPiecesMax = 1000;
  static constexpr size_t kWaitingPiecesMax = 10'000;
  // From one report to the next, so that not every token is a call of its own.
  static constexpr absl::Duration kInterval = absl::Milliseconds(25);

  // The references outlive the last answer.
  ProgressReporter(std::string worker_id, EventLoop& loop, QueueClient& queue,
                   WorkerMetrics& metrics);

  // The next events of a call, whole ones; `offset` is where they begin in its output. Any thread;
  // one call's in order.
  void Add(const std::string& token, int64_t offset, absl::string_view events);

  // Runs `then` once the server has answered, or failed to answer, about everything that was added
  // for the call. On the event loop's thread.
  using Then = absl::AnyInvocable<void()>;
  void Flush(const std::string& token, Then then);

 private:
  std::shared_ptr<v1::ReportProgressRequest> Take();
  void Send();
  void End(int64_t bytes, const absl::StatusOr<v1::ReportProgressResponse>& response);

  const std::string worker_id_;
  EventLoop& loop_;
  QueueClient& queue_;
  WorkerMetrics& metrics_;

  // The event loop's thread alone.
  bool under_way_ = false;
  bool resting_ = false;
  uint64_t begun_ = 0;                     // reports
  std::multimap<uint64_t, Then> waiting_;  // by the report that must have ended
  RetryPace pace_;

  Mutex mutex_;
  bool awake_ ABSL_GUARDED_BY(mutex_) = false;  // Send will be called
  std::deque<v1::Progress> pieces_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;    // of the pieces
  uint64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;  // pieces before the first of `pieces_`
  // The number of the last piece of each call that has one in `pieces_`.
  absl::flat_hash_map<std::string, uint64_t> last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_WORKER_PROGRESS_REPORTER_H_
