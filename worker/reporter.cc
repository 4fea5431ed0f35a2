#include "worker/reporter.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "google/rpc/error_details.pb.h"

namespace lull {
namespace {

// Of one call; the API allows 1,000 and 24 MiB.
constexpr int kResultsMax = 1000;
constexpr size_t kBatchBytesMax = 16 << 20;
// Of one report: without its answer, and without anything, it is tried once each.
constexpr int kRefusalsMax = 2;
constexpr int kTokensMax = 10'000;
// A commit of a large batch on a slow disk takes its time; an answer later than this is asked for
// again.
constexpr absl::Duration kTimeout = absl::Seconds(20);

// Whether it is for its size that a message is refused, by gRPC here, at the server or at a proxy
// between: sent again, it would be again. A server that is overloaded says other words.
bool IsTooLarge(const absl::Status& status, size_t bytes) {
  return absl::IsResourceExhausted(status) &&
         (bytes > static_cast<size_t>(kRpcBytesMax) ||
          absl::StrContains(status.message(), "message larger than max"));
}

constexpr char kNotTaken[] = "ANSWER_NOT_TAKEN";

google::rpc::Status NotTaken(const v1::AttemptResult& result, absl::string_view why) {
  const size_t size = result.response().body().size();
  google::rpc::ErrorInfo info;
  info.set_reason(kNotTaken);
  info.set_domain("lull");
  google::rpc::Status error;
  error.set_code(static_cast<int>(absl::StatusCode::kInternal));
  error.set_message(absl::StrCat(
      size > 0 ? absl::StrCat("the answer has ", size, " bytes, ")
               : absl::StrCat("the report says ", v1::Outcome_Name(result.outcome()), ", "),
      "which the server does not take: ", why.substr(0, 256)));
  error.add_details()->PackFrom(info);
  return error;
}

// The answer is lost, but not that it came, nor what it cost. The job ends by it: another answer
// would not be taken either, and paid again.
void DropAnswer(v1::AttemptResult& result, absl::string_view why) {
  *result.mutable_error() = NotTaken(result, why);
  result.set_outcome(v1::OUTCOME_INVALID_RESPONSE);
  result.set_should_retry(false);
  result.mutable_response()->clear_body();
}

// Nothing is left but that there was a call, which has failed.
void DropDetails(v1::AttemptResult& result) {
  v1::AttemptResult left;
  left.set_lease_token(result.lease_token());
  left.set_outcome(result.outcome());
  left.set_billed(result.billed());
  left.set_should_retry(false);
  *left.mutable_error() = result.error();
  result = std::move(left);
}

}  // namespace

Reporter::Reporter(std::string worker_id, EventLoop& loop, QueueClient& queue,
                   WorkerMetrics& metrics, OnTaken on_taken)
    : worker_id_(std::move(worker_id)),
      loop_(loop),
      queue_(queue),
      metrics_(metrics),
      on_taken_(std::move(on_taken)) {}

void Reporter::Finish(v1::AttemptResult result) {
  results_.push_back(std::move(result));
  CountPending();
  SendResults();
}

void Reporter::SendResults() {
  if (batch_ || resting_ || results_.empty()) return;
  batch_ = std::make_shared<v1::FinishAttemptsRequest>();
  batch_->set_worker_id(worker_id_);
  const int most = singly_ > 0 ? 1 : kResultsMax;
  size_t bytes = 0;
  while (!results_.empty() && batch_->results_size() < most) {
    bytes += results_.front().ByteSizeLong();
    if (bytes > kBatchBytesMax && batch_->results_size() > 0) break;
    *batch_->add_results() = std::move(results_.front());
    results_.pop_front();
  }
  singly_ = std::max(0, singly_ - 1);
  queue_.FinishAttempts(
      batch_, kTimeout, [this](absl::StatusOr<v1::FinishAttemptsResponse> response) {
        loop_.Post(
            [this, response = std::move(response)]() mutable { EndResults(std::move(response)); });
      });
}

void Reporter::EndResults(absl::StatusOr<v1::FinishAttemptsResponse> response) {
  if (response.ok() && response->results_size() != batch_->results_size()) {
    response = absl::InternalError("an answer of another length");
  }
  if (response.ok()) {
    if (failing_) LogInfo("report", "the server takes reports again");
    failing_ = false;
    pace_.Reset();
    TakeAnswers(*response);
  } else {
    PutBack(response.status());
  }
  CountPending();
  SendResults();
}

void Reporter::TakeAnswers(const v1::FinishAttemptsResponse& response) {
  const std::shared_ptr<v1::FinishAttemptsRequest> batch = std::exchange(batch_, nullptr);
  for (int i = 0; i < batch->results_size(); ++i) {
    const std::string token = batch->results(i).lease_token();
    switch (response.results(i).status()) {
      case v1::REPORT_STATUS_ACCEPTED:
        break;
      case v1::REPORT_STATUS_STALE:
        metrics_.CountStaleReport();
        break;
      case v1::REPORT_STATUS_INVALID:
        if (SendLess(std::move(*batch->mutable_results(i)), response.results(i).detail())) continue;
        break;
      default:  // not an answer to this result: tell it again
        results_.push_back(std::move(*batch->mutable_results(i)));
        continue;
    }
    Forget(token);
  }
}

bool Reporter::SendLess(v1::AttemptResult result, absl::string_view why) {
  const int refusal = ++refusals_[result.lease_token()];
  LogError("report",
           refusal <= kRefusalsMax ? "the server refuses a report; it gets less of it"
                                   : "the server refuses a report; its lease will expire",
           {{"error", why}});
  if (refusal > kRefusalsMax) return false;
  if (refusal == 1) {
    DropAnswer(result, why);
  } else {
    DropDetails(result);
  }
  results_.push_front(std::move(result));
  return true;
}

void Reporter::Forget(const std::string& token) {
  refusals_.erase(token);
  on_taken_(token);
}

void Reporter::PutBack(const absl::Status& status) {
  LogFailure(status);
  const std::shared_ptr<v1::FinishAttemptsRequest> batch = std::exchange(batch_, nullptr);
  const bool is_one = batch->results_size() == 1;
  if (is_one && (absl::IsInvalidArgument(status) || IsTooLarge(status, batch->ByteSizeLong()))) {
    const std::string token = batch->results(0).lease_token();
    if (!SendLess(std::move(*batch->mutable_results(0)), status.message())) Forget(token);
    return;
  }
  // If it is one result that spoils the batch, it must not hold up the others.
  const bool spoilt = absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status);
  if (spoilt) singly_ = std::max(singly_, batch->results_size());
  for (v1::AttemptResult& result : *batch->mutable_results()) {
    results_.push_back(std::move(result));
  }
  if (given_up_) return;
  resting_ = true;
  loop_.PostAfter(pace_.Next(), [this] {
    resting_ = false;
    SendResults();
  });
}

void Reporter::Release(const std::string& token) {
  tokens_.push_back(token);
  SendReleases();
}

void Reporter::SendReleases() {
  if (release_ || tokens_.empty()) return;
  release_ = std::make_shared<v1::ReleaseLeasesRequest>();
  release_->set_worker_id(worker_id_);
  const size_t count = std::min<size_t>(tokens_.size(), kTokensMax);
  for (size_t i = 0; i < count; ++i) release_->add_lease_tokens(std::move(tokens_[i]));
  tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(count));
  queue_.ReleaseLeases(
      release_, kTimeout, [this](absl::StatusOr<v1::ReleaseLeasesResponse> response) {
        loop_.Post([this, response = std::move(response)] { EndReleases(response); });
      });
}

void Reporter::EndReleases(const absl::StatusOr<v1::ReleaseLeasesResponse>& response) {
  const std::shared_ptr<v1::ReleaseLeasesRequest> release = std::exchange(release_, nullptr);
  if (response.ok() || absl::IsInvalidArgument(response.status())) {
    release_pace_.Reset();
    for (const std::string& token : release->lease_tokens()) on_taken_(token);
    SendReleases();
    return;
  }
  LogFailure(response.status());
  tokens_.insert(tokens_.end(), release->lease_tokens().begin(), release->lease_tokens().end());
  if (!given_up_) loop_.PostAfter(release_pace_.Next(), [this] { SendReleases(); });
}

void Reporter::LogFailure(const absl::Status& status) {
  metrics_.CountFailedReport();
  if (!failing_) {
    LogWarning("report", "the server does not take reports; trying again",
               {{"pending", results_.size()}, {"error", status}});
  }
  failing_ = true;
}

void Reporter::CountPending() {
  const int under_way = batch_ ? batch_->results_size() : 0;
  metrics_.SetReportsPending(static_cast<int>(results_.size()) + under_way);
}

}  // namespace lull
