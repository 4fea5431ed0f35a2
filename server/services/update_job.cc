#include "server/services/update_job.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/api/job_values.h"
#include "server/api/quoted.h"
#include "server/api/rpc_error.h"
#include "server/api/violations.h"

namespace lull {
namespace {

constexpr absl::string_view kPaths = "class_name, priority, deadline and labels";

using JobCall = std::shared_ptr<UnaryCall<v1::Job>>;

void ReadDeadline(const v1::Job& job, absl::Time now, UpdateRequest* update,
                  Violations* violations) {
  if (!job.has_deadline()) {
    violations->Add("job.deadline", "is named by the mask and missing; every job has a deadline");
    return;
  }
  update->deadline = ReadTime("job.deadline", job.deadline(), now, violations);
  if (update->deadline && *update->deadline <= now) {
    violations->Add("job.deadline", absl::StrCat("is ", TimeText(*update->deadline),
                                                 ", which is over; it is ", TimeText(now), " now"));
  }
}

// What is not named by the mask is not looked at.
UpdateRequest ReadUpdate(const v1::UpdateJobRequest& request, const JobRules& rules, absl::Time now,
                         Violations* violations) {
  const v1::Job& job = request.job();
  UpdateRequest update;
  if (!request.has_job()) violations->Add("job", "is missing; it is required");
  if (request.update_mask().paths().empty()) {
    violations->Add("update_mask", absl::StrCat("is empty; some out of ", kPaths, " are required"));
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "class_name") {
      update.class_name = ReadClassName("job.class_name", job.class_name(), rules, violations);
    } else if (path == "priority") {
      update.priority = ReadPriority("job.priority", job.priority(), violations);
    } else if (path == "deadline") {
      ReadDeadline(job, now, &update, violations);
    } else if (path == "labels") {
      update.labels = ReadLabels("job.labels", job.labels(), violations);
    } else {
      violations->Add("update_mask",
                      absl::StrCat("names ", Quoted(path), "; only ", kPaths, " can be changed"));
    }
  }
  return update;
}

// Ends the call with the job; with an error if it was not changed because it was not PENDING.
JobReads::JobDone AnswerUpdated(JobCall call, bool was_pending) {
  return OrFail(call, [call, was_pending](JobSnapshot job) {
    v1::Job now;
    ToProto(job, JobDetail::kBasic, &now);
    if (!was_pending) {
      call->Fail(RpcError(absl::StatusCode::kFailedPrecondition, "JOB_NOT_PENDING",
                          absl::StrCat("job ", now.id(), " is ", v1::JobState_Name(now.state()),
                                       "; only a job that is JOB_STATE_PENDING can be changed")));
      return;
    }
    call->Answer([&now](v1::Job* reply) { reply->Swap(&now); });
  });
}

}  // namespace

absl::Status UpdateJob(const ServiceParts& parts, JobCall call,
                       const v1::UpdateJobRequest& request) {
  Violations violations;
  UpdateRequest update = ReadUpdate(request, parts.rules, parts.clock->WallNow(), &violations);
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  update.caller = call->caller();
  auto post = [&parts, call, id = request.job().id(),
               update = std::move(update)](JobNumber job) mutable {
    const auto complete = [&parts, call, job, id](UpdateReply updated) {
      if (!updated.status.ok()) {
        call->Fail(updated.status);
        return;
      }
      const bool was_pending = updated.live && updated.live->state.state == JobState::kPending;
      parts.reads->Complete({id, job}, std::move(updated.live), JobDetail::kBasic,
                            AnswerUpdated(call, was_pending));
    };
    update.job = job;
    const absl::Status posted = parts.loop->Post(
        Call<UpdateRequest, UpdateReply>{std::move(update), OrFail(call, complete)});
    if (!posted.ok()) call->Fail(posted);
  };
  parts.reads->Find(call->caller(), request.job().id(), OrFail(call, std::move(post)));
  return absl::OkStatus();
}

}  // namespace lull
