// The jobs that a load submits.
#ifndef LULL_TOOLS_LOADGEN_JOB_MAKER_H_
#define LULL_TOOLS_LOADGEN_JOB_MAKER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/job_service.pb.h"
#include "tools/loadgen/load_options.h"

namespace lull {

// Immutable; any thread.
class JobMaker {
 public:
  // `run` tells the request ids of this run from those of others; `labels` come beside those that
  // are asked for.
  JobMaker(const LoadOptions& options, std::string run,
           const std::map<std::string, std::string>& labels = {});

  // A request without its request id.
  const v1::CreateJobRequest& request() const { return request_; }

  // Gives a copy of request() what only the job with this place has.
  void MakeUnique(int64_t place, v1::CreateJobRequest* request) const;

  // Puts a steady time into the body, for StampOf.
  void Stamp(absl::Duration steady, v1::CreateJobRequest* request) const;
  // nullopt: not a body of a stamped job.
  static std::optional<absl::Duration> StampOf(absl::string_view body);

 private:
  const bool request_ids_;
  const std::string run_;
  v1::CreateJobRequest request_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_JOB_MAKER_H_
