// What can be asked of the engine, and its answers. A command is a plain value: no gRPC, no SQL,
// already checked for form (the server's request validation); what depends on live state is checked
// by the engine.
//
// A Call carries one command to the engine's thread and its answer back. `done` is called exactly
// once, on the engine's thread, after the commit that holds the command's effects; it must not
// block. Its status is OK, or UNAVAILABLE (the commit failed, nothing is known: reason
// COMMIT_UNKNOWN; or the engine stops: reason DRAINING). Reasons stand in the status as
// engine_status.h says.
#ifndef LULL_SERVER_ENGINE_COMMAND_H_
#define LULL_SERVER_ENGINE_COMMAND_H_

#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/engine/job_command.h"
#include "server/engine/operator_command.h"
#include "server/engine/worker_command.h"

namespace lull {

template <typename Request, typename Reply>
struct Call {
  Request request;
  absl::AnyInvocable<void(absl::StatusOr<Reply>)> done;
};

using Command =
    std::variant<Call<SubmitRequest, SubmitReply>, Call<ReadRequest, ReadReply>,
                 Call<AwaitRequest, AwaitReply>, Call<CancelRequest, CancelReply>,
                 Call<LeaseRequest, LeaseReply>, Call<RenewRequest, RenewReply>,
                 Call<FinishRequest, FinishReply>, Call<ReleaseRequest, ReleaseReply>,
                 Call<ProgressRequest, ProgressReply>, Call<CancelJobsRequest, CancelJobsReply>,
                 Call<UpdateRequest, UpdateReply>, Call<DeleteRequest, DeleteReply>,
                 Call<PauseClassRequest, PauseClassReply>,
                 Call<DrainWorkerRequest, DrainWorkerReply>, Call<BackupRequest, BackupReply>,
                 Call<StatsRequest, StatsReply>>;

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_COMMAND_H_
