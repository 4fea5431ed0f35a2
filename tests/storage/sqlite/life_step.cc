#include "tests/storage/sqlite/life_step.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

Event EventOf(const LiveState& live, EventKind kind, JobState state) {
  Event event;
  event.job = live.number;
  event.kind = kind;
  event.state = state;
  event.lease = live.lease;
  event.time = TimeOfJob(live.number);
  return event;
}

Bytes BodyOf(JobNumber job, size_t bytes) {
  return MakeBytes(absl::StrCat("job ", job, " ", Noise(bytes)));
}

LifeStep EndJob(const LiveState& live, JobState state, Bytes response) {
  JobEnded ended = SampleEnded(live.number);
  ended.state = state;
  ended.end_time = TimeOfJob(live.number);
  ended.lease = live.lease;
  ended.attempts = live.attempts;
  ended.response = std::move(response);
  return {{std::move(ended)}, {EventOf(live, EventKind::kEnded, state)}};
}

}  // namespace

absl::Time TimeOfJob(JobNumber job) { return SampleTime() + absl::Seconds(job); }

LifeStep SubmitJobs(const StoreImage& store, int count, size_t body_bytes) {
  LifeStep step;
  for (int i = 0; i < count; ++i) {
    const JobNumber number = store.next_job() + i;
    JobSpec spec = SampleSpec(number);
    spec.body = BodyOf(number, body_bytes);
    JobCreated created = CreateRecord(std::move(spec));
    created.live.lease = 0;
    created.live.attempts.clear();
    step.events.push_back(EventOf(created.live, EventKind::kCreated, JobState::kPending));
    step.records.push_back(std::move(created));
    const auto key = static_cast<uint64_t>(number);
    step.records.push_back(KeyAdded{{key, ~key}, key * 31, number, TimeOfJob(number)});
  }
  return step;
}

LifeStep GrantJob(LiveState live) {
  live.state = JobState::kRunning;
  ++live.lease;
  ++live.dispatch_count;
  LifeStep step;
  step.events.push_back(EventOf(live, EventKind::kStarted, live.state));
  step.records.push_back(LiveChanged{std::move(live)});
  return step;
}

LifeStep RetryJob(LiveState live) {
  live.state = JobState::kPending;
  live.attempts.push_back(SampleAttempt(live.dispatch_count));
  if (live.attempts.size() > 20) live.attempts.erase(live.attempts.begin() + 10);
  LifeStep step;
  step.events.push_back(EventOf(live, EventKind::kAttemptFailed, live.state));
  step.records.push_back(LiveChanged{std::move(live)});
  return step;
}

LifeStep FinishJob(const LiveState& live, size_t response_bytes) {
  return EndJob(live, JobState::kSucceeded, BodyOf(live.number, response_bytes));
}

LifeStep CancelJob(const LiveState& live) { return EndJob(live, JobState::kCancelled, nullptr); }

LifeStep DeleteJob(JobNumber job) { return {{JobDeleted{job}}, {}}; }

LifeStep AddUsage(int32_t day) { return {{SampleUsage(day), SampleUsage(day + 1)}, {}}; }

LifeStep SetSmallStates(const std::string& value) {
  return {{SmallState{"pause", "batch", value}, SmallState{"limit", value, Noise(300)},
           SmallState{"limit", "gone", std::nullopt}},
          {}};
}

LifeStep RandomStep(const StoreImage& store, std::mt19937_64& random) {
  const auto below = [&](uint64_t limit) { return random() % limit; };
  const uint64_t kind = below(12);
  if (store.live().empty() || kind < 3) {
    return SubmitJobs(store, 1 + static_cast<int>(below(4)), below(6000));
  }
  if (kind == 3) return SetSmallStates(absl::StrCat(below(5)));
  if (kind == 10) return AddUsage(static_cast<int32_t>(below(3)));
  if (kind == 11) {
    const auto& ended = store.ended();
    if (ended.empty()) return DeleteJob(store.next_job());
    return DeleteJob(
        std::next(ended.begin(), static_cast<std::ptrdiff_t>(below(ended.size())))->first);
  }
  const LiveState& live =
      std::next(store.live().begin(), static_cast<std::ptrdiff_t>(below(store.live().size())))
          ->second;
  if (kind < 6) return GrantJob(live);
  if (kind < 8) return RetryJob(live);
  return kind == 8 ? FinishJob(live, below(9000)) : CancelJob(live);
}

}  // namespace lull
