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
  event.time = SampleTime();
  return event;
}

Bytes BodyOf(JobNumber job, size_t bytes) {
  return MakeBytes(absl::StrCat("job ", job, " ", Noise(bytes)));
}

LifeStep EndJob(const LiveState& live, JobState state, Bytes response) {
  JobEnded ended = SampleEnded(live.number);
  ended.state = state;
  ended.lease = live.lease;
  ended.attempts = live.attempts;
  ended.response = std::move(response);
  return {{std::move(ended)}, {EventOf(live, EventKind::kEnded, state)}};
}

}  // namespace

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
    step.records.push_back(KeyAdded{{key, ~key}, key * 31, number, SampleTime()});
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

LifeStep SetSmallStates(const std::string& value) {
  return {{SmallState{"pause", "batch", value}, SmallState{"limit", value, Noise(300)},
           SmallState{"limit", "gone", std::nullopt}},
          {}};
}

LifeStep RandomStep(const StoreImage& store, std::mt19937_64& random) {
  const auto below = [&](uint64_t limit) { return random() % limit; };
  const uint64_t kind = below(10);
  if (store.live().empty() || kind < 3) {
    return SubmitJobs(store, 1 + static_cast<int>(below(4)), below(6000));
  }
  if (kind == 3) return SetSmallStates(absl::StrCat(below(5)));
  const LiveState& live =
      std::next(store.live().begin(), static_cast<std::ptrdiff_t>(below(store.live().size())))
          ->second;
  if (kind < 6) return GrantJob(live);
  if (kind < 8) return RetryJob(live);
  return kind == 8 ? FinishJob(live, below(9000)) : CancelJob(live);
}

}  // namespace lull
