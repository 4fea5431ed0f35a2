#include "server/services/retry_run.h"

#include <utility>

#include "base/status_macros.h"
#include "server/api/error_details.h"
#include "server/api/job_rules.h"
#include "server/services/retry_of_job.h"

namespace lull {
namespace {

// Of bodies: what is in memory at a time, and where a page ends.
constexpr int64_t kMaxChunkBytes = int64_t{4} << 20;
constexpr int64_t kMaxPageBytes = int64_t{64} << 20;

struct Retry {
  std::string old_id;
  NewJob job;
};

// An error other than UNAVAILABLE: there is to be no retry of this job, or there can be none.
absl::StatusOr<Retry> ReadRetry(PoolReader& reader, JobNumber number, const JobRules& rules) {
  LULL_ASSIGN_OR_RETURN(const JobEnded ended, reader.Do([number](JobReader& store) {
    return store.ReadEnded(number, /*bodies=*/false);
  }));
  if (!CanBeRetried(ended.state)) return absl::FailedPreconditionError("another state");
  LULL_ASSIGN_OR_RETURN(
      const std::shared_ptr<const JobSpec> old,
      reader.Do([number](JobReader& store) { return store.ReadSpec(number, /*bodies=*/true); }));
  Retry retry{old->id.ToString(), NewJob()};
  LULL_ASSIGN_OR_RETURN(retry.job, RetryOf(*old, ended, rules));
  retry.job.request_key = RetryKeyOf(*old);
  return retry;
}

}  // namespace

absl::Status RetryRun::Start() {
  return parts_.pool->Read([self = shared_from_this()](PoolReader& reader) {
    absl::StatusOr<SelectedJobs> selected =
        FindSelected(reader, self->call_->caller(), self->selection_, kMaxBatchCreate);
    if (!selected.ok()) {
      self->call_->Fail(selected.status());
      return;
    }
    self->selected_ = *std::move(selected);
    self->reply_.set_skipped_count(self->selected_.missing);
    self->ReadSome(reader);
  });
}

bool RetryRun::IsFull() const { return !IsByIds() && bytes_ >= kMaxPageBytes; }

void RetryRun::ReadSome(PoolReader& reader) {
  if (call_->has_ended()) return;
  std::vector<NewJob> jobs;
  chunk_.clear();
  int64_t chunk_bytes = 0;
  const std::vector<JobNumber>& old = selected_.jobs;
  for (; next_ < old.size() && chunk_bytes < kMaxChunkBytes && !IsFull(); ++next_) {
    absl::StatusOr<Retry> retry = ReadRetry(reader, old[next_], parts_.rules);
    if (absl::IsUnavailable(retry.status())) {
      return Stop(ChunkPlaces(), retry.status());
    }
    if (!retry.ok()) {
      Skip();
      continue;
    }
    chunk_.push_back({next_, std::move(retry->old_id)});
    const Bytes& body = retry->job.spec->body;
    chunk_bytes += body ? static_cast<int64_t>(body->size()) : 0;
    jobs.push_back(std::move(retry->job));
  }
  bytes_ += chunk_bytes;
  if (!jobs.empty()) return Submit(std::move(jobs));
  Answer(next_ < old.size() ? old[next_] + 1 : selected_.next);
}

void RetryRun::Skip() { reply_.set_skipped_count(reply_.skipped_count() + 1); }

void RetryRun::Submit(std::vector<NewJob> jobs) {
  SubmitRequest request{call_->caller(), std::move(jobs), /*atomic=*/false};
  const auto go_on = [self = shared_from_this()](absl::StatusOr<SubmitReply> reply) {
    self->parts_.pool->Run([self, reply = std::move(reply)](PoolReader& reader) {
      if (!reply.ok()) return self->Stop(self->ChunkPlaces(), reply.status());
      if (self->TakeReply(reply->jobs)) self->ReadSome(reader);
    });
  };
  const absl::Status posted =
      parts_.loop->Post(lull::Call<SubmitRequest, SubmitReply>{std::move(request), go_on});
  if (!posted.ok()) Stop(ChunkPlaces(), posted);
}

bool RetryRun::TakeReply(const std::vector<Submitted>& submitted) {
  absl::Status why;
  std::vector<size_t> refused;
  for (size_t i = 0; i < submitted.size(); ++i) {
    const Submitted& job = submitted[i];
    if (job.status.ok() && !job.existed) {
      v1::RetriedJob& retried = *reply_.add_retried();
      retried.set_job_id(chunk_[i].id);
      retried.set_new_job_id(job.spec->id.ToString());
    } else if (job.status.ok() || absl::IsFailedPrecondition(job.status)) {
      Skip();
    } else {
      refused.push_back(chunk_[i].place);
      why.Update(job.status);
    }
  }
  if (!refused.empty()) Stop(refused, why);
  return refused.empty();
}

std::vector<size_t> RetryRun::ChunkPlaces() const {
  std::vector<size_t> places;
  for (const Old& old : chunk_) places.push_back(old.place);
  return places;
}

void RetryRun::Stop(const std::vector<size_t>& refused, const absl::Status& why) {
  if (reply_.retried().empty()) {
    call_->Fail(why);
    return;
  }
  if (!IsByIds()) {
    return Answer(selected_.jobs[refused.empty() ? next_ : refused.front()] + 1);
  }
  for (const size_t place : refused) reply_.add_refused_job_ids(selected_.ids[place]);
  for (; next_ < selected_.ids.size(); ++next_) {
    reply_.add_refused_job_ids(selected_.ids[next_]);
  }
  *reply_.mutable_refusal() = ToRpcStatus(why);
  Answer(/*next_page=*/0);
}

void RetryRun::Answer(JobNumber next_page) {
  reply_.set_next_page_token(selection_.PageTokenFor(next_page));
  call_->Answer([this](v1::RetryJobsResponse* reply) { reply->Swap(&reply_); });
}

}  // namespace lull
