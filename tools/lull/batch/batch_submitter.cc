#include "tools/lull/batch/batch_submitter.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/lull/batch/answer_line.h"
#include "tools/lull/error_text.h"

namespace lull {
namespace {

constexpr size_t kChunkJobsMax = 200;
constexpr size_t kChunkBytesMax = 4 * 1024 * 1024;
constexpr absl::Duration kSubmitTimeout = absl::Seconds(30);
constexpr absl::Duration kQueueFullDelay = absl::Seconds(1);
constexpr int kGoneMax = 2;

// The place in the request that a violation is about, from a field such as
// "requests[17].job.priority"; absent: it is about the request as a whole.
std::optional<size_t> PlaceOf(absl::string_view field) {
  size_t place;
  if (!absl::ConsumePrefix(&field, "requests[")) return std::nullopt;
  const size_t end = field.find(']');
  if (end == absl::string_view::npos || !absl::SimpleAtoi(field.substr(0, end), &place)) {
    return std::nullopt;
  }
  return place;
}

// What the server says of single requests of a refused chunk, by place.
std::map<size_t, std::string> RefusedPlaces(const ErrorDetails& details, size_t places) {
  std::map<size_t, std::string> refused;
  for (const Violation& violation : details.violations) {
    const std::optional<size_t> place = PlaceOf(violation.field);
    if (!place.has_value() || *place >= places) continue;
    std::string& text = refused[*place];
    const absl::string_view field = violation.field;
    absl::StrAppend(&text, text.empty() ? "" : "; ", field.substr(field.find('.') + 1), " ",
                    violation.description);
  }
  return refused;
}

}  // namespace

std::string BatchJobOptions::ToText() const {
  return absl::StrCat("class=", class_name, " priority=", priority,
                      " ttl=", absl::FormatDuration(ttl),
                      " labels=", absl::StrJoin(labels, ",", absl::PairFormatter("=")));
}

BatchSubmitter::BatchSubmitter(const Clock& clock, Client& client, RunLedger& ledger,
                               LiveJobs& live, BatchJobOptions options, size_t live_jobs_max)
    : clock_(clock),
      client_(client),
      ledger_(ledger),
      live_(live),
      options_(std::move(options)),
      live_jobs_max_(live_jobs_max),
      taken_(ledger.size(), false),
      any_accepted_(ledger.journal().resumed()) {
  for (size_t entry = 0; entry < taken_.size(); ++entry) taken_[entry] = ledger_.done(entry);
  for (const auto& [entry, id] : ledger_.LiveJobs()) taken_[entry] = true;
  while (next_entry_ < taken_.size() && taken_[next_entry_]) ++next_entry_;
}

bool BatchSubmitter::ready() const {
  return (!again_.empty() || next_entry_ < taken_.size()) && live_.size() < live_jobs_max_;
}

std::optional<size_t> BatchSubmitter::NextEntry() {
  if (!again_.empty()) {
    const size_t entry = again_.front();
    again_.pop_front();
    return entry;
  }
  if (next_entry_ == taken_.size()) return std::nullopt;
  const size_t entry = next_entry_;
  taken_[entry] = true;
  while (next_entry_ < taken_.size() && taken_[next_entry_]) ++next_entry_;
  return entry;
}

void BatchSubmitter::PutBack(const std::vector<size_t>& entries) {
  again_.insert(again_.begin(), entries.begin(), entries.end());
}

absl::StatusOr<v1::CreateJobRequest> BatchSubmitter::RequestFor(size_t entry) {
  LULL_ASSIGN_OR_RETURN(BatchLine line, ledger_.input().Read(entry));
  v1::CreateJobRequest request;
  request.set_request_id(absl::StrCat("lull-batch-", ledger_.journal().run_id(), "-", entry));
  v1::Job& job = *request.mutable_job();
  job.set_class_name(options_.class_name);
  job.set_priority(options_.priority);
  job.mutable_labels()->insert(options_.labels.begin(), options_.labels.end());
  if (options_.ttl > absl::ZeroDuration()) {
    job.mutable_ttl()->set_seconds(absl::ToInt64Seconds(options_.ttl));
  }
  job.mutable_request()->set_method(std::move(line.method));
  job.mutable_request()->set_path(std::move(line.url));
  job.mutable_request()->set_body(std::move(line.body));
  return request;
}

absl::StatusOr<v1::BatchCreateJobsRequest> BatchSubmitter::NextChunk(std::vector<size_t>* entries) {
  v1::BatchCreateJobsRequest chunk;
  const size_t jobs_max = std::min(kChunkJobsMax, live_jobs_max_ - live_.size());
  for (size_t bytes = 0; entries->size() < jobs_max && bytes < kChunkBytesMax;) {
    const std::optional<size_t> entry = NextEntry();
    if (!entry.has_value()) break;
    entries->push_back(*entry);
    LULL_ASSIGN_OR_RETURN(*chunk.add_requests(), RequestFor(*entry));
    bytes += chunk.requests().rbegin()->ByteSizeLong();
  }
  return chunk;
}

absl::Status BatchSubmitter::Submit() {
  std::vector<size_t> entries;
  LULL_ASSIGN_OR_RETURN(const v1::BatchCreateJobsRequest chunk, NextChunk(&entries));
  const absl::StatusOr<v1::BatchCreateJobsResponse> response =
      client_.Call(kBatchCreateJobs, chunk, kSubmitTimeout);
  if (!response.ok()) return OnFailure(response.status(), entries);
  if (response->jobs_size() != static_cast<int>(entries.size())) {
    return absl::DataLossError(absl::StrCat("the server answered ", entries.size(),
                                            " requests with ", response->jobs_size(), " jobs"));
  }
  std::vector<std::pair<size_t, std::string>> jobs;
  for (size_t i = 0; i < entries.size(); ++i) {
    const v1::Job& job = response->jobs(static_cast<int>(i));
    jobs.emplace_back(entries[i], job.id());
    live_.Add(entries[i], job.id());
    live_.Update(job);
  }
  any_accepted_ = true;
  return ledger_.RecordAccepted(jobs);
}

absl::Status BatchSubmitter::OnFailure(const absl::Status& status,
                                       const std::vector<size_t>& entries) {
  if (status.code() == absl::StatusCode::kInvalidArgument) return OnRefused(status, entries);
  PutBack(entries);
  if (status.code() != absl::StatusCode::kResourceExhausted) return status;
  const absl::Duration delay = ErrorDetailsOf(status).retry_delay.value_or(kQueueFullDelay);
  not_before_ = clock_.Now().steady + std::max(delay, absl::Milliseconds(100));
  return absl::OkStatus();
}

absl::Status BatchSubmitter::OnRefused(const absl::Status& status,
                                       const std::vector<size_t>& entries) {
  const std::map<size_t, std::string> refused =
      RefusedPlaces(ErrorDetailsOf(status), entries.size());
  const bool all = refused.size() == entries.size();
  if (refused.empty() || (all && !any_accepted_)) return status;
  std::vector<size_t> others;
  for (size_t place = 0; place < entries.size(); ++place) {
    const auto found = refused.find(place);
    if (found == refused.end()) {
      others.push_back(entries[place]);
    } else {
      LULL_RETURN_IF_ERROR(
          WriteRefused(entries[place], absl::InvalidArgumentError(found->second), "REFUSED"));
    }
  }
  PutBack(others);
  return absl::OkStatus();
}

absl::Status BatchSubmitter::OnGone(size_t entry) {
  if (++gone_[entry] > kGoneMax) {
    return WriteRefused(entry, absl::NotFoundError("the job is gone from the server"), "GONE");
  }
  again_.push_back(entry);
  return absl::OkStatus();
}

absl::Status BatchSubmitter::WriteRefused(size_t entry, const absl::Status& refusal,
                                          absl::string_view state) {
  LULL_ASSIGN_OR_RETURN(const BatchLine line, ledger_.input().Read(entry));
  return ledger_.RecordResults(
      {EntryResult{RefusedLineOf(refusal, line.custom_id), EntryEnd{entry, std::string(state)}}});
}

}  // namespace lull
