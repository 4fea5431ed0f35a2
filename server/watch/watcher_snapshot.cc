// The part of Watcher that comes before the events: the jobs as they are.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/api/rpc_error.h"
#include "server/watch/watch_message.h"
#include "server/watch/watcher.h"

namespace lull {
namespace {

// Read at a time.
constexpr size_t kPageJobs = 250;
constexpr int kPageLookedAt = 1000;
// Jobs that change while the snapshot is read.
constexpr size_t kMaxShown = 1'000'000;

EventNumber NewestEvent(const JobSnapshot& job) {
  if (const auto* ended = std::get_if<JobEnded>(&job.now)) return ended->event;
  return std::get<LiveView>(job.now).state.event;
}

Watcher::Step MessageOr(absl::StatusOr<std::string> message) {
  Watcher::Step step;
  if (message.ok()) {
    step.kind = Watcher::Step::Kind::kMessage;
    step.message = *std::move(message);
  } else {
    step.kind = Watcher::Step::Kind::kEnd;
    step.status = message.status();
  }
  return step;
}

// Up to `max` from the back, in that order.
std::vector<JobNumber> TakeBack(size_t max, std::vector<JobNumber>* jobs) {
  std::vector<JobNumber> taken;
  while (!jobs->empty() && taken.size() < max) {
    taken.push_back(jobs->back());
    jobs->pop_back();
  }
  return taken;
}

}  // namespace

Watcher::Step Watcher::ReadJobs(std::vector<JobNumber> jobs) {
  Step step;
  step.kind = Step::Kind::kReadJobs;
  for (JobNumber number : jobs) step.jobs.push_back({"", number});
  asked_ = std::move(jobs);
  return step;
}

void Watcher::TakeJobs(std::vector<absl::StatusOr<JobSnapshot>> jobs) {
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].ok()) {
      jobs_.push_back(*std::move(jobs[i]));
    } else if (absl::IsNotFound(jobs[i].status())) {  // it ended and was deleted meanwhile
      not_ended_.erase(asked_[i]);
    } else {
      failed_ = jobs[i].status();
    }
  }
}

// Who resumes until the end has to know which of its jobs have ended before.
Watcher::Step Watcher::NextOfStates() {
  if (!jobs_left_.empty()) return ReadJobs(TakeBack(jobs_left_.size(), &jobs_left_));
  absl::flat_hash_set<JobNumber> open;
  for (const JobSnapshot& job : jobs_) {
    const auto* ended = std::get_if<JobEnded>(&job.now);
    if (ended == nullptr || ended->event > position_) open.insert(job.spec->number);
  }
  not_ended_ = std::move(open);
  jobs_.clear();
  stage_ = Stage::kEvents;
  Step step;
  step.kind = Step::Kind::kAgain;
  return step;
}

Watcher::Step Watcher::NextOfSnapshot(PoolReader& reader) {
  if (!jobs_.empty()) return MessageOr(SnapshotMessage(reader));
  absl::StatusOr<std::vector<JobNumber>> page = NextPage(reader);
  if (!page.ok()) return MessageOr(page.status());
  if (!page->empty()) return ReadJobs(*std::move(page));
  if (before_ != 0) {  // a page without a selected job
    Step step;
    step.kind = Step::Kind::kAgain;
    return step;
  }
  stage_ = Stage::kEvents;
  return MessageOr(WatchSyncedMessage(position_));
}

absl::StatusOr<std::vector<JobNumber>> Watcher::NextPage(PoolReader& reader) {
  if (before_ == 0) return TakeBack(kPageJobs, &jobs_left_);
  std::vector<JobNumber> selected;
  JobReader::Query query;
  query.tenant = order_.caller.tenant;
  query.before = before_;
  query.max_jobs = kPageLookedAt;
  query.max_looked_at = kPageLookedAt;
  LULL_ASSIGN_OR_RETURN(const JobReader::Page page,
                        reader.Do([&](JobReader& store) { return store.QueryJobs(query); }));
  // By the labels they were created with, which the store does not look at in a query.
  LULL_ASSIGN_OR_RETURN(
      const std::vector<JobReader::Identity> identities,
      reader.Do([&](JobReader& store) { return store.ReadIdentities(page.jobs); }));
  for (const JobReader::Identity& identity : identities) {
    if (selection_->Has(identity.number, identity.tenant, identity.labels)) {
      selected.push_back(identity.number);
    }
  }
  before_ = page.next;
  return selected;
}

absl::StatusOr<std::string> Watcher::SnapshotMessage(PoolReader& reader) {
  std::string fields;
  while (!jobs_.empty() && static_cast<int64_t>(fields.size()) < kMessageBytes) {
    LULL_RETURN_IF_ERROR(Show(jobs_.front(), reader, &fields));
    jobs_.pop_front();
  }
  return WatchSnapshotMessage(fields);
}

absl::Status Watcher::Show(const JobSnapshot& job, PoolReader& reader, std::string* fields) {
  const JobNumber number = job.spec->number;
  const auto* ended = std::get_if<JobEnded>(&job.now);
  v1::Job proto;
  ToProto(job, JobDetail::kBasic, &proto);
  if (order_.include_response && ended != nullptr && ended->state == JobState::kSucceeded) {
    LULL_RETURN_IF_ERROR(FillAnswer(number, reader, proto.mutable_response()));
  }
  AppendJobField(proto, fields);
  if (ended != nullptr) {
    not_ended_.erase(number);
    if (output_ != nullptr) output_->Drop(number);
  }
  const EventNumber newest = NewestEvent(job);
  if (newest <= position_) return absl::OkStatus();
  shown_[number] = newest;
  shown_until_ = std::max(shown_until_, newest);
  if (shown_.size() <= kMaxShown) return absl::OkStatus();
  return OverloadedError("SNAPSHOT_TOO_LARGE",
                         absl::StrCat("more than ", kMaxShown,
                                      " of the selected jobs changed "
                                      "while they were read; select fewer"),
                         absl::Minutes(1));
}

}  // namespace lull
