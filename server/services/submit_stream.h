// One SubmitJobs stream: reads jobs, hands them to the engine, and writes what became of each after
// its commit.
//
// Jobs are answered in any order, as their commits come; results that wait for an earlier write go
// out together in the next one. What the stream holds is bounded: with kMaxUnansweredJobs jobs or
// kMaxUnansweredBytes of bodies unanswered it reads no further, so a client that does not read its
// results is not read from either.
//
// gRPC calls it on its threads and the engine's answers come on the pool's. A mutex guards the few
// counters that say what may be done next; nothing is called while it is held.
#ifndef LULL_SERVER_SERVICES_SUBMIT_STREAM_H_
#define LULL_SERVER_SERVICES_SUBMIT_STREAM_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "proto/job_service.pb.h"
#include "server/engine/command.h"
#include "server/rpc/rpc_call.h"
#include "server/services/service_parts.h"

namespace lull {

// Messages come and go as bytes: gRPC would take one that it cannot parse for the half-close.
class SubmitStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  static constexpr int64_t kMaxUnansweredJobs = 1024;
  static constexpr int64_t kMaxUnansweredBytes = int64_t{4} << 20;

  // Begins the stream; it lives until gRPC and the engine are done with it. `method` and `parts`
  // outlive it.
  static SubmitStream* Start(grpc::CallbackServerContext* context, const RpcMethod& method,
                             const ServiceParts& parts);

 private:
  SubmitStream(grpc::CallbackServerContext* context, const RpcMethod& method,
               const ServiceParts& parts)
      : parts_(parts), call_(context, &method, parts.clock, parts.observer) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // Checks the jobs of the message that was read and sends them on.
  void Take();
  void Answer(const std::vector<int64_t>& places, int64_t bytes,
              std::vector<absl::StatusOr<v1::Job>> jobs);
  // Nothing more is read; what is under way is still waited for.
  void End(const absl::Status& status);
  // Does whatever may be done next.
  void Proceed();
  void Write();

  const ServiceParts& parts_;
  RpcCall call_;
  std::shared_ptr<SubmitStream> self_;  // until gRPC is done with the stream

  grpc::ByteBuffer received_;      // the read's; nobody else's while one is under way
  v1::SubmitJobsRequest request_;  // the reader's, like the next
  int64_t next_place_ = 0;
  v1::SubmitJobsResponse sending_;  // the write's, like the next
  grpc::ByteBuffer sending_bytes_;

  Mutex mutex_;
  v1::SubmitJobsResponse outbox_ ABSL_GUARDED_BY(mutex_);
  int64_t unanswered_jobs_ ABSL_GUARDED_BY(mutex_) = 0;   // until their results are written
  int64_t unanswered_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // until the engine has answered
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);  // an error: ends as soon as gRPC has nothing to do
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_SUBMIT_STREAM_H_
