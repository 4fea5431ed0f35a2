// Follows jobs, over restarts of the server and over its cutting slow readers off.
#ifndef LULL_TOOLS_LULL_JOBS_JOB_WATCH_H_
#define LULL_TOOLS_LULL_JOBS_JOB_WATCH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proto/job_service.pb.h"
#include "tools/lull/client.h"
#include "tools/lull/interruption.h"
#include "tools/lull/retry_pace.h"

namespace lull {

// Gets what a watch sees: each state and each event once, in their order. An error that one of them
// returns ends the watch.
class WatchSink {
 public:
  virtual ~WatchSink() = default;
  virtual absl::Status OnJob(const v1::Job& job) = 0;
  virtual absl::Status OnSynced(int64_t seq) = 0;
  virtual absl::Status OnEvent(const v1::JobEvent& event) = 0;
  virtual absl::Status OnOutput(const v1::WatchOutput& output) = 0;
  // A message for a person.
  virtual void Say(const std::string& text) = 0;
};

// Not thread-safe.
class JobWatch {
 public:
  // Selector, `resume_after` and options are those of `request`.
  JobWatch(Client& client, const Interruption& interruption, v1::WatchJobsRequest request,
           WatchSink& sink);

  // Until every job has ended, if the request says so; CANCELLED after an interruption; the sink's
  // error; UNAVAILABLE if the server was never reached; or what the server says for good.
  absl::Status Run();

  // The newest event that was handed on; 0: none, and no snapshot was complete.
  int64_t position() const { return request_.resume_after(); }

 private:
  absl::Status Take(const v1::WatchJobsResponse& message);
  absl::Status TakeJob(const v1::Job& job);
  absl::Status TakeEvent(const v1::JobEvent& event);
  // Whether to go on after the stream ended so; says why.
  bool GoesOn(const absl::Status& status);

  Client& client_;
  const Interruption& interruption_;
  v1::WatchJobsRequest request_;
  WatchSink& sink_;
  RetryPace pace_;
  // Whether anything came over this stream, and over any.
  bool heard_ = false;
  bool ever_heard_ = false;
  bool said_lost_ = false;
  absl::Duration give_up_;
  // Jobs of a snapshot that was not completed, with their newest event: not handed on again.
  std::map<std::string, int64_t> seen_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_JOB_WATCH_H_
