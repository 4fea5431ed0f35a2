#include "server/services/cancel_jobs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/api/rpc_error.h"
#include "server/reads/job_selection.h"

namespace lull {
namespace {

// In one commit, so that others get their turn in between.
constexpr size_t kMaxCancelledAtOnce = 1000;

// Ends the call with the job; with an error if it had ended before, other than by being cancelled.
JobReads::JobDone AnswerCancelled(std::shared_ptr<UnaryCall<v1::Job>> call, bool was_live) {
  return OrFail(call, [call, was_live](JobSnapshot job) {
    v1::Job result;
    ToProto(job, JobDetail::kBasic, &result);
    if (!was_live && result.state() != v1::JOB_STATE_CANCELLED) {
      call->Fail(RpcError(
          absl::StatusCode::kFailedPrecondition, "JOB_ENDED",
          absl::StrCat("job ", result.id(), " has ended as ", v1::JobState_Name(result.state()),
                       "; only a job that has not ended can be cancelled")));
      return;
    }
    call->Answer([&result](v1::Job* reply) { reply->Swap(&result); });
  });
}

// Many jobs on their way through the engine, some at a time.
class Cancelling : public std::enable_shared_from_this<Cancelling> {
 public:
  using Call = std::shared_ptr<UnaryCall<v1::CancelJobsResponse>>;

  Cancelling(const ServiceParts& parts, Call call, JobSelection selection)
      : parts_(parts), call_(std::move(call)), selection_(std::move(selection)) {}

  absl::Status Start() {
    return parts_.pool->Read([self = shared_from_this()](PoolReader& reader) {
      absl::StatusOr<SelectedJobs> selected =
          FindSelected(reader, self->call_->caller(), self->selection_, kMaxLookedAt);
      if (!selected.ok()) {
        self->call_->Fail(selected.status());
        return;
      }
      self->jobs_ = std::move(selected->jobs);
      self->reply_.set_skipped_count(selected->missing);
      self->reply_.set_next_page_token(self->selection_.PageTokenFor(selected->next));
      self->CancelSome();
    });
  }

 private:
  void CancelSome() {
    if (next_ == jobs_.size() || call_->has_ended()) return Answer();
    CancelJobsRequest request;
    request.caller = call_->caller();
    request.states = selection_.filter.states;
    const size_t end = std::min(jobs_.size(), next_ + kMaxCancelledAtOnce);
    const absl::Span<const JobNumber> some = absl::MakeConstSpan(jobs_).subspan(next_, end - next_);
    request.jobs.assign(some.begin(), some.end());
    next_ = end;
    const auto go_on = [self = shared_from_this()](CancelJobsReply cancelled) {
      v1::CancelJobsResponse& reply = self->reply_;
      reply.set_cancelled_count(reply.cancelled_count() + cancelled.cancelled);
      reply.set_skipped_count(reply.skipped_count() + cancelled.skipped);
      self->CancelSome();
    };
    const absl::Status posted = parts_.loop->Post(
        lull::Call<CancelJobsRequest, CancelJobsReply>{std::move(request), OrFail(call_, go_on)});
    if (!posted.ok()) call_->Fail(posted);
  }

  void Answer() {
    parts_.pool->Run([self = shared_from_this()](PoolReader&) {
      self->call_->Answer([&](v1::CancelJobsResponse* reply) { reply->Swap(&self->reply_); });
    });
  }

  const ServiceParts& parts_;
  const Call call_;
  const JobSelection selection_;
  std::vector<JobNumber> jobs_;
  size_t next_ = 0;
  v1::CancelJobsResponse reply_;
};

}  // namespace

absl::Status CancelJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                       const v1::CancelJobRequest& request) {
  const auto cancel = [&parts, call, id = request.job_id()](JobNumber job) {
    const auto complete = [&parts, call, job, id](CancelReply cancelled) {
      parts.reads->Complete({id, job}, std::move(cancelled.live), JobDetail::kBasic,
                            AnswerCancelled(call, cancelled.was_live));
    };
    const absl::Status posted = parts.loop->Post(
        Call<CancelRequest, CancelReply>{{call->caller(), job}, OrFail(call, complete)});
    if (!posted.ok()) call->Fail(posted);
  };
  parts.reads->Find(call->caller(), request.job_id(), OrFail(call, cancel));
  return absl::OkStatus();
}

absl::Status CancelJobs(const ServiceParts& parts, Cancelling::Call call,
                        const v1::CancelJobsRequest& request) {
  LULL_ASSIGN_OR_RETURN(JobSelection selection,
                        ReadSelection("CancelJobs", call->caller(), request));
  return std::make_shared<Cancelling>(parts, std::move(call), std::move(selection))->Start();
}

}  // namespace lull
