// The retries of many jobs, on their way through store and engine some at a time: no more of their
// bodies are in memory than of one submit.
#ifndef LULL_SERVER_SERVICES_RETRY_RUN_H_
#define LULL_SERVER_SERVICES_RETRY_RUN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "proto/job_service.pb.h"
#include "server/engine/command.h"
#include "server/reads/job_selection.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// Of one RetryJobs call, which it ends. Kept alive by whatever works for it; one step at a time, on
// the pool's threads.
class RetryRun : public std::enable_shared_from_this<RetryRun> {
 public:
  using Call = std::shared_ptr<UnaryCall<v1::RetryJobsResponse>>;

  // `parts` outlives it.
  RetryRun(const ServiceParts& parts, Call call, JobSelection selection)
      : parts_(parts), call_(std::move(call)), selection_(std::move(selection)) {}

  // An error: nothing was begun.
  absl::Status Start();

 private:
  struct Old {
    size_t place = 0;  // in selected_.jobs
    std::string id;
  };

  void ReadSome(PoolReader& reader);
  void Skip();
  void Submit(std::vector<NewJob> jobs);
  // What was refused for good is passed over; what was refused for now ends the call: false.
  bool TakeReply(const std::vector<Submitted>& submitted);
  bool IsFull() const;
  bool IsByIds() const { return !selection_.ids.empty(); }
  // Ends the call with what was done, and says what was not: by ids, or by a page token that begins
  // at the first of them. With `why` if nothing was done. `refused` are places in selected_.jobs.
  void Stop(const std::vector<size_t>& refused, const absl::Status& why);
  // All of the present chunk.
  std::vector<size_t> ChunkPlaces() const;
  void Answer(JobNumber next_page);

  const ServiceParts& parts_;
  const Call call_;
  const JobSelection selection_;
  SelectedJobs selected_;
  size_t next_ = 0;         // of selected_.jobs
  std::vector<Old> chunk_;  // whose retries are being submitted
  int64_t bytes_ = 0;       // of all that were submitted
  v1::RetryJobsResponse reply_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_RETRY_RUN_H_
