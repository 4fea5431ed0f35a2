#include "server/watch/watcher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/rpc_error.h"
#include "server/watch/watch_message.h"

namespace lull {
namespace {

// Looked at in one step where few are selected, so that other watchers get their turn.
constexpr int64_t kMaxLookedAt = 20'000;

absl::Status NotReachedError(EventNumber resume_after, EventNumber newest) {
  return RpcError(absl::StatusCode::kOutOfRange, "EVENT_NOT_REACHED",
                  absl::StrCat("resume_after is ", resume_after, ", but the newest event is ",
                               newest, "; begin with a snapshot"),
                  {{"newest_seq", absl::StrCat(newest)}});
}

Watcher::Step EndOf(absl::Status status) {
  Watcher::Step step;
  step.kind = Watcher::Step::Kind::kEnd;
  step.status = std::move(status);
  return step;
}

}  // namespace

Watcher::Watcher(WatchOrder order, CommittedEvents* events, std::shared_ptr<OutputBuffer> output)
    : order_(std::move(order)), events_(events), output_(std::move(output)) {}

Watcher::Step Watcher::Next(PoolReader& reader) {
  if (!failed_.ok()) return EndOf(failed_);
  if (stage_ == Stage::kBegin) {
    absl::Status begun = Begin(reader);
    if (!begun.ok()) return EndOf(std::move(begun));
  }
  switch (stage_) {
    case Stage::kBegin:
      break;
    case Stage::kStates:
      return NextOfStates();
    case Stage::kSnapshot:
      return NextOfSnapshot(reader);
    case Stage::kEvents:
      return NextOfEvents(reader);
  }
  return EndOf(absl::InternalError("a watcher without a stage"));
}

absl::Status Watcher::Begin(PoolReader& reader) {
  if (order_.job_ids.empty()) {
    selection_ = std::make_shared<const Selection>(order_.caller.tenant, order_.create_labels);
    before_ = INT64_MAX;
  } else {
    LULL_ASSIGN_OR_RETURN(const std::vector<JobNumber> jobs, FindJobs(reader));
    absl::flat_hash_set<JobNumber> set(jobs.begin(), jobs.end());
    if (order_.until_terminal) not_ended_ = set;
    selection_ = std::make_shared<const Selection>(std::move(set));
    jobs_left_.assign(jobs.rbegin(), jobs.rend());
  }
  LULL_ASSIGN_OR_RETURN(const JobReader::EventRange range,
                        reader.Do([](JobReader& store) { return store.ReadEventRange(); }));
  events_->NoteEnd(range.next);
  if (!order_.resume_after) {
    position_ = range.next - 1;
    stage_ = Stage::kSnapshot;
    return absl::OkStatus();
  }
  position_ = *order_.resume_after;
  if (position_ >= range.next) return NotReachedError(position_, range.next - 1);
  if (position_ + 1 < range.oldest) return EventsGoneError(position_, range.oldest);
  stage_ = order_.until_terminal ? Stage::kStates : Stage::kEvents;
  return absl::OkStatus();
}

// Whoever resumes has seen its jobs before: one that is gone has ended since, and was deleted.
absl::StatusOr<std::vector<JobNumber>> Watcher::FindJobs(PoolReader& reader) {
  std::vector<JobNumber> jobs;
  for (const std::string& text : order_.job_ids) {
    const std::optional<JobId> id = JobId::Parse(text);
    absl::StatusOr<JobReader::Found> found = absl::NotFoundError("");
    if (id) found = reader.Do([&](JobReader& store) { return store.FindJob(*id); });
    if (found.ok() && found->tenant == order_.caller.tenant) {
      jobs.push_back(found->number);
    } else if (!found.ok() && !absl::IsNotFound(found.status())) {
      return found.status();
    } else if (!order_.resume_after) {
      return JobNotFoundError(text);
    }
  }
  return jobs;
}

// ---- events

Watcher::Step Watcher::NextOfEvents(PoolReader& reader) {
  Step step;
  if (output_ != nullptr) {
    if (const std::shared_ptr<const std::string> output = output_->Take()) {
      step.kind = Step::Kind::kMessage;
      step.message = *output;
      return step;
    }
  }
  if (order_.until_terminal && not_ended_.empty()) return EndOf(absl::OkStatus());
  std::string fields;
  int64_t told = 0;
  bool more = true;
  bool output_first = false;
  const EventNumber looked_until = position_ + kMaxLookedAt;
  while (more && static_cast<int64_t>(fields.size()) < kMessageBytes && told < kMessageEvents &&
         position_ < looked_until) {
    absl::StatusOr<CommittedEvents::Run> run =
        events_->From(position_ + 1, kMessageEvents - told, reader);
    if (!run.ok()) {
      // What is at hand goes first; the error comes again.
      if (fields.empty()) return EndOf(run.status());
      break;
    }
    more = !run->empty();
    for (const std::shared_ptr<const EncodedEvents>& events : *run) {
      const EventNumber end = events->end();
      while (position_ + 1 < end && static_cast<int64_t>(fields.size()) < kMessageBytes &&
             told < kMessageEvents) {
        const EventNumber number = position_ + 1;
        const auto& entry = events->entries()[static_cast<size_t>(number - events->first())];
        absl::StatusOr<bool> passed = Tell(*events, entry, number, reader, &fields, &told);
        if (!passed.ok()) return EndOf(passed.status());
        output_first = !*passed;
        if (output_first) break;
        position_ = number;
      }
      if (position_ + 1 < end) break;
    }
    if (output_first) break;
  }
  if (position_ >= shown_until_) shown_.clear();
  step.caught_up = !more && !(order_.until_terminal && not_ended_.empty());
  if (!fields.empty()) {
    step.kind = Step::Kind::kMessage;
    step.message = WatchEventsMessage(fields);
  } else if (!step.caught_up) {
    step.kind = Step::Kind::kAgain;
  }
  return step;
}

absl::StatusOr<bool> Watcher::Tell(const EncodedEvents& events, const EncodedEvents::Entry& entry,
                                   EventNumber number, PoolReader& reader, std::string* fields,
                                   int64_t* told) {
  if (entry.who == nullptr) {
    if (entry.ends) not_ended_.erase(entry.job);
    return true;
  }
  if (!selection_->Has(entry.job, entry.who->tenant, entry.who->labels)) return true;
  if (WasShown(entry.job, number)) return true;
  if (entry.ends && output_ != nullptr && !output_->End(entry.job)) return false;
  if (entry.has_answer && order_.include_response) {
    v1::JobEvent event = ParseEventField(events.Field(entry));
    LULL_RETURN_IF_ERROR(FillAnswer(entry.job, reader, event.mutable_response()));
    AppendEventField(event, fields);
  } else {
    const absl::string_view field = events.Field(entry);
    fields->append(field.data(), field.size());
  }
  if (entry.ends) not_ended_.erase(entry.job);
  ++*told;
  return true;
}

absl::Status Watcher::FillAnswer(JobNumber job, PoolReader& reader, v1::Response* proto) {
  const absl::StatusOr<JobEnded> ended =
      reader.Do([job](JobReader& store) { return store.ReadEnded(job, /*bodies=*/true); });
  if (absl::IsNotFound(ended.status())) return absl::OkStatus();
  LULL_RETURN_IF_ERROR(ended.status());
  ResponseToProto(*ended, JobDetail::kFull, proto);
  return absl::OkStatus();
}

bool Watcher::WasShown(JobNumber job, EventNumber number) const {
  if (shown_.empty()) return false;
  const auto shown = shown_.find(job);
  return shown != shown_.end() && number <= shown->second;
}

}  // namespace lull
