// One SubmitJobs stream that a load writes to. Two threads of its own: gRPC's writes wait while the
// server does not read.
#ifndef LULL_TOOLS_LOADGEN_SUBMIT_STREAM_H_
#define LULL_TOOLS_LOADGEN_SUBMIT_STREAM_H_

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "proto/job_service.grpc.pb.h"
#include "tools/loadgen/job_maker.h"
#include "tools/loadgen/load_options.h"
#include "tools/loadgen/load_report.h"
#include "tools/loadgen/run_control.h"

namespace lull {

class SubmitStream {
 public:
  // Called before each message with the jobs that were written so far on all streams; may wait.
  // Nothing is submitted any more when it says false.
  using Gate = absl::AnyInvocable<bool(int64_t written)>;

  // Starts at once; `number` tells the streams' connections apart. All of it outlives the stream.
  SubmitStream(const LoadOptions& options, const JobMaker& maker, RunControl& control, int number,
               Gate gate);

  // Waits for the last answer. Once.
  LoadReport Finish();

 private:
  void Write();
  void Read();

  const LoadOptions& options_;
  const JobMaker& maker_;
  RunControl& control_;
  Gate gate_;
  const std::unique_ptr<v1::JobService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SubmitJobsRequest, v1::SubmitJobsResponse>> stream_;
  Mutex mutex_;
  std::vector<absl::Duration> starts_ ABSL_GUARDED_BY(mutex_);  // by message
  LoadReport report_;                                           // the reader's
  std::thread reader_;
  std::thread writer_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_SUBMIT_STREAM_H_
