#include "tests/server/engine/told_answers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/engine/transition.h"

namespace lull {
namespace {

bool EndsAttempt(const Event& event) {
  switch (event.kind) {
    case EventKind::kAttemptFailed:
    case EventKind::kReleased:
    case EventKind::kLeaseExpired:
      return true;
    case EventKind::kEnded:
      return event.attempt_number != 0;
    case EventKind::kCreated:
    case EventKind::kStarted:
    case EventKind::kCancelRequested:
    case EventKind::kUpdated:
      return false;
  }
  return false;
}

}  // namespace

void ToldAnswers::NoteSubmitted(uint64_t key, JobNumber job) {
  ++answers_;
  const auto [entry, added] = jobs_.try_emplace(key, job);
  EXPECT_EQ(entry->second, job) << "request id " << key << " was answered with another job before";
  for (const auto& [other_key, other] : jobs_) {
    EXPECT_TRUE(other_key == key || other != job) << "job " << job << " has two request ids";
  }
  told_[job];
  newest_job_ = std::max(newest_job_, job);
}

void ToldAnswers::NoteGranted(const LeaseToken& token) {
  ++answers_;
  EXPECT_TRUE(told_[token.job].grants.insert(token.lease).second)
      << "lease " << token.lease << " of job " << token.job << " was given twice";
}

void ToldAnswers::NoteHeld(const LeaseToken& token) {
  ++answers_;
  EXPECT_EQ(told_[token.job].grants.count(token.lease), 1u);
}

void ToldAnswers::NoteReported(const LeaseToken& token, Outcome outcome) {
  ++answers_;
  told_[token.job].reports[token.lease] = outcome;
}

void ToldAnswers::NoteCancelled(JobNumber job) {
  ++answers_;
  told_[job].cancelled = true;
}

void ToldAnswers::NoteEnded(JobNumber job) {
  ++answers_;
  told_[job].ended = true;
}

void ToldAnswers::NoteUpdated(JobNumber job, const Labels& labels) {
  ++answers_;
  told_[job].labels = told_[job].asked_labels = labels;
}

void ToldAnswers::NoteDeleted(JobNumber job) {
  ++answers_;
  told_[job].deleted = true;
}

void ToldAnswers::NoteShown(EventNumber number, const Event& event) {
  ++answers_;
  const auto [entry, added] = events_.try_emplace(number, event);
  EXPECT_TRUE(entry->second == event) << "event " << number << " was shown as another one";
  newest_job_ = std::max(newest_job_, event.job);
}

void ToldAnswers::NoteShown(const LiveState& live) {
  ++answers_;
  EXPECT_EQ(gone_.count(live.number), 0u) << "job " << live.number << " was gone, and is back";
  EXPECT_EQ(ended_.count(live.number), 0u) << "job " << live.number << " had ended, and is back";
  const Shown shown{live.number, live.state, live.lease};
  const auto [entry, added] = live_.try_emplace(live.event, shown);
  EXPECT_TRUE(entry->second == shown) << "job " << live.number << " after event " << live.event;
}

void ToldAnswers::NoteShown(const JobEnded& ended) {
  ++answers_;
  EXPECT_EQ(gone_.count(ended.number), 0u) << "job " << ended.number << " was gone, and is back";
  const auto [entry, added] = ended_.try_emplace(ended.number, ended);
  const JobEnded& first = entry->second;
  EXPECT_TRUE(first.state == ended.state && first.event == ended.event &&
              first.lease == ended.lease && first.result_hash == ended.result_hash &&
              first.end_time == ended.end_time && first.attempts == ended.attempts)
      << "job " << ended.number << " has another outcome than before";
}

void ToldAnswers::NoteGone(JobNumber job) {
  ++answers_;
  gone_.insert(job);
}

// ---- against what is found

std::map<JobNumber, ToldAnswers::Life> ToldAnswers::LivesOf(const std::vector<Event>& events) {
  std::map<JobNumber, Life> lives;
  EventNumber number = 0;
  for (const Event& event : events) {
    Life& life = lives[event.job];
    life.events.push_back(event);
    life.newest = ++number;
    if (event.kind == EventKind::kStarted) {
      EXPECT_EQ(event.lease, static_cast<LeaseNumber>(life.started.size()) + 1)
          << "job " << event.job << ": leases are given one after the other";
      life.started.insert(event.lease);
    }
    if (EndsAttempt(event)) {
      EXPECT_TRUE(life.attempts.emplace(event.lease, event.outcome).second)
          << "job " << event.job << ": attempt " << event.lease << " ended twice";
    }
  }
  return lives;
}

void ToldAnswers::Check(const StoredJobs& found, absl::Time now, bool complete) {
  CheckShown(found);
  const std::map<JobNumber, Life> lives = LivesOf(found.events);
  int unheard_grants = 0;
  int64_t calls = 0;
  for (const auto& [job, life] : lives) {
    SCOPED_TRACE(absl::StrCat("job ", job));
    CheckLife(job, life);
    CheckStands(job, life, found, now);
    const Told& told = told_[job];
    for (LeaseNumber lease : life.started) unheard_grants += told.grants.count(lease) == 0;
    for (const auto& [lease, outcome] : life.attempts) calls += outcome != Outcome::kReleased;
  }
  for (const auto& [job, told] : told_) {
    SCOPED_TRACE(absl::StrCat("job ", job));
    const auto life = lives.find(job);
    if (life != lives.end()) CheckTold(job, told, life->second);
  }
  for (const auto& [key, job] : jobs_) {
    EXPECT_EQ(lives.count(job), 1u) << "job " << job << " was acknowledged and is not there";
  }
  EXPECT_LE(unheard_grants, lost_grants_) << "more jobs were granted than workers asked for";
  EXPECT_EQ(found.calls, calls) << "usage counts calls that were not made, or not all";
  if (complete) {
    EXPECT_EQ(lives.size(), jobs_.size()) << "there are jobs that nobody was told of";
  }
}

void ToldAnswers::CheckShown(const StoredJobs& found) {
  for (const auto& [number, event] : events_) {
    ASSERT_LE(number, static_cast<EventNumber>(found.events.size())) << "events were undone";
    EXPECT_TRUE(found.events[static_cast<size_t>(number - 1)] == event)
        << "event " << number << " is another one now";
  }
  for (const auto& [number, shown] : live_) {
    ASSERT_LE(number, static_cast<EventNumber>(found.events.size())) << "what was shown was undone";
    const Event& event = found.events[static_cast<size_t>(number - 1)];
    EXPECT_TRUE(event.job == shown.job && event.state == shown.state)
        << "job " << shown.job << " was shown otherwise after event " << number;
  }
}

void ToldAnswers::CheckLife(JobNumber job, const Life& life) {
  ASSERT_EQ(life.events[0].kind, EventKind::kCreated);
  for (size_t i = 1; i < life.events.size(); ++i) {
    const Event& event = life.events[i];
    const JobState before = life.events[i - 1].state;
    EXPECT_TRUE(IsLegalTransition(before, event.state) ||
                (event.kind == EventKind::kUpdated && before == event.state))
        << "job " << job << ": " << static_cast<int>(before) << " -> "
        << static_cast<int>(event.state);
    EXPECT_NE(event.kind, EventKind::kCreated) << "created twice";
  }
  for (const auto& [lease, outcome] : life.attempts) EXPECT_EQ(life.started.count(lease), 1u);
}

void ToldAnswers::CheckTold(JobNumber job, const Told& told, const Life& life) {
  for (LeaseNumber lease : told.grants) {
    EXPECT_EQ(life.started.count(lease), 1u) << "its lease " << lease << " is lost";
  }
  for (const auto& [lease, outcome] : told.reports) {
    const auto attempt = life.attempts.find(lease);
    ASSERT_NE(attempt, life.attempts.end()) << "the report of lease " << lease << " is lost";
    EXPECT_EQ(attempt->second, outcome) << "of lease " << lease;
    if (outcome != Outcome::kSucceeded) continue;
    EXPECT_EQ(life.events.back().state, JobState::kSucceeded) << "its answer is lost";
    EXPECT_EQ(life.events.back().lease, lease);
  }
  if (told.cancelled) {
    const bool is_cancelled =
        std::any_of(life.events.begin(), life.events.end(), [](const Event& event) {
          return event.kind == EventKind::kCancelRequested || event.state == JobState::kCancelled;
        });
    EXPECT_TRUE(is_cancelled) << "that it was cancelled is lost";
  }
  if (told.ended) {
    EXPECT_TRUE(IsTerminal(life.events.back().state)) << "its end is lost";
  }
  if (told.deleted) {
    EXPECT_EQ(gone_.count(job), 1u) << "it was deleted";
  }
}

// That it stands as its newest event says: live, or ended, or not kept any more.
void ToldAnswers::CheckStands(JobNumber job, const Life& life, const StoredJobs& found,
                              absl::Time now) {
  const Event& newest = life.events.back();
  const auto live = found.live.find(job);
  const auto ended = found.ended.find(job);
  int64_t lines = 0;
  for (const JobReader::JobLine& line : found.lines) {
    if (line.number != job) continue;
    ++lines;
    EXPECT_EQ(line.state, newest.state);
    EXPECT_EQ(line.dispatch_count, static_cast<int32_t>(life.started.size()));
  }
  if (!IsTerminal(newest.state)) {
    EXPECT_EQ(lines, 1);
    EXPECT_EQ(ended, found.ended.end()) << "it is live";
    ASSERT_NE(live, found.live.end()) << "the engine does not know it";
    EXPECT_EQ(live->second.state, newest.state);
    EXPECT_EQ(live->second.event, life.newest);
    EXPECT_EQ(live->second.lease, static_cast<LeaseNumber>(life.started.size()));
    CheckLabels(job, live->second.labels);
    return CheckAttempts(live->second.attempts, life);
  }
  EXPECT_EQ(live, found.live.end()) << "it has ended";
  if (ended != found.ended.end()) {
    EXPECT_EQ(lines, 1);
    EXPECT_EQ(ended->second.state, newest.state);
    EXPECT_EQ(ended->second.event, life.newest);
    CheckLabels(job, ended->second.labels);
    return CheckAttempts(ended->second.attempts, life);
  }
  EXPECT_EQ(lines, 0);
  EXPECT_TRUE(deletable_.count(job) != 0 || newest.time + kept_ <= now)
      << "it was removed before its time";
}

void ToldAnswers::CheckLabels(JobNumber job, const std::optional<Labels>& labels) {
  const Labels found = labels.value_or(Labels{});
  const Told& told = told_[job];
  EXPECT_TRUE(found == told.labels || found == told.asked_labels) << "it has other labels";
}

void ToldAnswers::CheckAttempts(const std::vector<Attempt>& attempts, const Life& life) {
  EXPECT_EQ(attempts.size(), life.attempts.size());
  for (const Attempt& attempt : attempts) {
    const auto same = life.attempts.find(attempt.lease);
    ASSERT_NE(same, life.attempts.end()) << "no event tells of attempt " << attempt.lease;
    EXPECT_EQ(same->second, attempt.outcome);
  }
}

}  // namespace lull
