#include "tools/lull/batch/answer_collector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "proto/job_service.pb.h"
#include "tools/lull/batch/answer_line.h"
#include "tools/lull/job_tally.h"

namespace lull {
namespace {

constexpr size_t kStatesMax = 1000;
// Few enough that their bodies usually fit into one reply.
constexpr size_t kAnswersMax = 50;
constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr absl::Duration kIntervalMin = absl::Milliseconds(100);
constexpr absl::Duration kIntervalMax = absl::Seconds(2);

// A reply has room for so much; what does not fit comes without its body.
bool HasBody(const v1::Job& job) {
  return job.state() != v1::JOB_STATE_SUCCEEDED || !job.response().body().empty();
}

EntryEnd EndOf(size_t entry, const v1::Job& job) {
  return EntryEnd{entry,
                  std::string(absl::StripPrefix(v1::JobState_Name(job.state()), "JOB_STATE_")),
                  job.dispatch_count(), RefusalsOf(job), absl::ToDoubleSeconds(TimeToEnd(job))};
}

}  // namespace

AnswerCollector::AnswerCollector(const Clock& clock, Client& client, RunLedger& ledger,
                                 LiveJobs& live, BatchSubmitter& submitter)
    : clock_(clock),
      client_(client),
      ledger_(ledger),
      live_(live),
      submitter_(submitter),
      interval_(kIntervalMin) {}

absl::Status AnswerCollector::Collect() {
  const size_t done_before = ledger_.answered() + ledger_.failed();
  if (ended_.empty()) LULL_RETURN_IF_ERROR(AskForStates());
  while (!ended_.empty()) LULL_RETURN_IF_ERROR(FetchSome());
  Reschedule(ledger_.answered() + ledger_.failed() - done_before);
  return absl::OkStatus();
}

// As often as answers come, but the more jobs there are to ask for, the less often.
void AnswerCollector::Reschedule(size_t ended) {
  const absl::Duration shortest = kIntervalMin * (1 + static_cast<double>(live_.size()) / 250);
  interval_ = ended > 0 ? interval_ / 2 : interval_ * 3 / 2;
  interval_ = std::clamp(interval_, std::min(shortest, kIntervalMax), kIntervalMax);
  due_at_ = clock_.Now().steady + interval_;
}

absl::Status AnswerCollector::AskForStates() {
  const std::vector<std::string> ids = live_.Ids();
  for (size_t first = 0; first < ids.size(); first += kStatesMax) {
    v1::BatchGetJobsRequest request;
    request.set_view(v1::JOB_VIEW_BASIC);
    const size_t last = std::min(first + kStatesMax, ids.size());
    for (size_t i = first; i < last; ++i) request.add_job_ids(ids[i]);
    LULL_ASSIGN_OR_RETURN(const v1::BatchGetJobsResponse response,
                          client_.Call(kBatchGetJobs, request, kCallTimeout));
    for (const v1::Job& job : response.jobs()) {
      live_.Update(job);
      if (HasEnded(job)) ended_.push_back(job.id());
    }
    for (const std::string& id : response.missing_job_ids()) LULL_RETURN_IF_ERROR(OnGone(id));
  }
  return absl::OkStatus();
}

absl::Status AnswerCollector::FetchSome() {
  v1::BatchGetJobsRequest request;
  request.set_view(v1::JOB_VIEW_FULL);
  const size_t count = std::min(kAnswersMax, ended_.size());
  for (size_t i = 0; i < count; ++i) request.add_job_ids(ended_[i]);
  LULL_ASSIGN_OR_RETURN(const v1::BatchGetJobsResponse response,
                        client_.Call(kBatchGetJobs, request, kCallTimeout));
  std::vector<v1::Job> whole;
  std::vector<std::string> cut;
  for (const v1::Job& job : response.jobs()) {
    if (HasBody(job)) {
      whole.push_back(job);
    } else {
      cut.push_back(job.id());
    }
  }
  ended_.erase(ended_.begin(), ended_.begin() + static_cast<std::ptrdiff_t>(count));
  LULL_RETURN_IF_ERROR(Write(whole));
  for (const std::string& id : response.missing_job_ids()) LULL_RETURN_IF_ERROR(OnGone(id));
  // In a reply that holds some whole jobs, the others had no room; otherwise one at a time.
  if (whole.empty() && !cut.empty()) {
    LULL_RETURN_IF_ERROR(FetchAlone(cut.back()));
    cut.pop_back();
  }
  ended_.insert(ended_.begin(), cut.begin(), cut.end());
  return absl::OkStatus();
}

absl::Status AnswerCollector::FetchAlone(const std::string& id) {
  v1::GetJobRequest request;
  request.set_job_id(id);
  request.set_view(v1::JOB_VIEW_FULL);
  const absl::StatusOr<v1::Job> job = client_.Call(kGetJob, request, kCallTimeout);
  if (absl::IsNotFound(job.status())) return OnGone(id);
  LULL_RETURN_IF_ERROR(job.status());
  return Write({*job});
}

absl::Status AnswerCollector::Write(const std::vector<v1::Job>& jobs) {
  std::vector<EntryResult> results;
  for (const v1::Job& job : jobs) {
    const std::optional<size_t> entry = live_.Remove(job.id());
    if (!entry.has_value()) continue;
    LULL_ASSIGN_OR_RETURN(const BatchLine line, ledger_.input().Read(*entry));
    results.push_back({AnswerLineOf(job, line.custom_id), EndOf(*entry, job)});
  }
  return ledger_.RecordResults(results);
}

absl::Status AnswerCollector::OnGone(const std::string& id) {
  const std::optional<size_t> entry = live_.Remove(id);
  return entry.has_value() ? submitter_.OnGone(*entry) : absl::OkStatus();
}

}  // namespace lull
