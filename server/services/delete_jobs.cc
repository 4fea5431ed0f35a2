#include "server/services/delete_jobs.h"

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
constexpr size_t kMaxDeletedAtOnce = 1000;
constexpr size_t kMaxSample = 100;

using DeleteCall = std::shared_ptr<UnaryCall<google::protobuf::Empty>>;

void Delete(const ServiceParts& parts, DeleteCall call, JobNumber job);

// A job that had not ended when the engine looked. It may have by now.
void FailAsLive(const ServiceParts& parts, DeleteCall call, JobNumber job) {
  const auto fail = [&parts, call, job](JobSnapshot snapshot) {
    if (std::holds_alternative<JobEnded>(snapshot.now)) return Delete(parts, call, job);
    v1::Job now;
    ToProto(snapshot, JobDetail::kBasic, &now);
    call->Fail(RpcError(absl::StatusCode::kFailedPrecondition, "JOB_NOT_ENDED",
                        absl::StrCat("job ", now.id(), " is ", v1::JobState_Name(now.state()),
                                     "; only a job that has ended can be deleted")));
  };
  parts.reads->Get(call->caller(), {"", job}, JobDetail::kBasic, OrFail(call, fail));
}

void Delete(const ServiceParts& parts, DeleteCall call, JobNumber job) {
  const auto answer = [&parts, call, job](DeleteReply deleted) {
    if (deleted.live > 0) return FailAsLive(parts, call, job);
    parts.pool->Run([call](PoolReader&) { call->Answer([](google::protobuf::Empty*) {}); });
  };
  const absl::Status posted = parts.loop->Post(
      Call<DeleteRequest, DeleteReply>{{call->caller(), {job}}, OrFail(call, answer)});
  if (!posted.ok()) call->Fail(posted);
}

// Many jobs on their way through the engine, some at a time.
class Purge : public std::enable_shared_from_this<Purge> {
 public:
  using Call = std::shared_ptr<UnaryCall<v1::PurgeJobsResponse>>;

  Purge(const ServiceParts& parts, Call call, JobSelection selection, bool force)
      : parts_(parts), call_(std::move(call)), selection_(std::move(selection)), force_(force) {
    selection_.filter.states &= JobFilter::kEndedStates;
  }

  absl::Status Start() {
    return parts_.pool->Read([self = shared_from_this()](PoolReader& reader) {
      const absl::Status found = self->Find(reader);
      if (!found.ok()) {
        self->call_->Fail(found);
      } else if (self->force_) {
        self->DeleteSome();
      } else {
        self->Answer();
      }
    });
  }

 private:
  absl::Status Find(PoolReader& reader) {
    LULL_ASSIGN_OR_RETURN(SelectedJobs selected,
                          FindSelected(reader, call_->caller(), selection_, kMaxLookedAt));
    jobs_ = std::move(selected.jobs);
    reply_.set_purge_count(static_cast<int64_t>(jobs_.size()));
    reply_.set_next_page_token(selection_.PageTokenFor(selected.next));
    if (force_) return absl::OkStatus();
    const auto sample = absl::MakeConstSpan(jobs_).first(std::min(jobs_.size(), kMaxSample));
    LULL_ASSIGN_OR_RETURN(
        const std::vector<JobReader::Identity> identities,
        reader.Do([sample](JobReader& store) { return store.ReadIdentities(sample); }));
    for (const JobReader::Identity& identity : identities) {
      reply_.add_purge_sample(identity.id.ToString());
    }
    return absl::OkStatus();
  }

  void DeleteSome() {
    if (next_ == jobs_.size() || call_->has_ended()) return Answer();
    DeleteRequest request;
    request.caller = call_->caller();
    const size_t end = std::min(jobs_.size(), next_ + kMaxDeletedAtOnce);
    const absl::Span<const JobNumber> some = absl::MakeConstSpan(jobs_).subspan(next_, end - next_);
    request.jobs.assign(some.begin(), some.end());
    next_ = end;
    const auto go_on = [self = shared_from_this()](DeleteReply) { self->DeleteSome(); };
    const absl::Status posted = parts_.loop->Post(
        lull::Call<DeleteRequest, DeleteReply>{std::move(request), OrFail(call_, go_on)});
    if (!posted.ok()) call_->Fail(posted);
  }

  void Answer() {
    parts_.pool->Run([self = shared_from_this()](PoolReader&) {
      self->call_->Answer([&](v1::PurgeJobsResponse* reply) { reply->Swap(&self->reply_); });
    });
  }

  const ServiceParts& parts_;
  const Call call_;
  JobSelection selection_;
  const bool force_;
  std::vector<JobNumber> jobs_;  // have all ended, so none of them is passed over
  size_t next_ = 0;
  v1::PurgeJobsResponse reply_;
};

}  // namespace

absl::Status DeleteJob(const ServiceParts& parts, DeleteCall call,
                       const v1::DeleteJobRequest& request) {
  const auto remove = [&parts, call](JobNumber job) { Delete(parts, call, job); };
  parts.reads->Find(call->caller(), request.job_id(), OrFail(call, remove));
  return absl::OkStatus();
}

absl::Status PurgeJobs(const ServiceParts& parts, Purge::Call call,
                       const v1::PurgeJobsRequest& request) {
  Violations violations;
  absl::StatusOr<JobSelection> selection =
      ReadFilterSelection("PurgeJobs", call->caller(), request.filter(), EmptyFilter::kIsWrong,
                          request.page_token(), &violations);
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  LULL_RETURN_IF_ERROR(selection.status());
  return std::make_shared<Purge>(parts, std::move(call), *std::move(selection), request.force())
      ->Start();
}

}  // namespace lull
