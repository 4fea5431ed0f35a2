#include "tests/integration/event_witness.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

// The API's words for what the store has, spelled out here: a witness does not ask the accused.
v1::JobEventType TypeOf(EventKind kind) {
  switch (kind) {
    case EventKind::kCreated:
      return v1::JOB_EVENT_TYPE_CREATED;
    case EventKind::kStarted:
      return v1::JOB_EVENT_TYPE_STARTED;
    case EventKind::kAttemptFailed:
    case EventKind::kReleased:
    case EventKind::kLeaseExpired:
      return v1::JOB_EVENT_TYPE_RETURNED;
    case EventKind::kCancelRequested:
      return v1::JOB_EVENT_TYPE_CANCELLING;
    case EventKind::kUpdated:
      return v1::JOB_EVENT_TYPE_UPDATED;
    case EventKind::kEnded:
      return v1::JOB_EVENT_TYPE_ENDED;
  }
  return v1::JOB_EVENT_TYPE_UNSPECIFIED;
}

v1::JobState StateOf(JobState state) {
  switch (state) {
    case JobState::kPending:
      return v1::JOB_STATE_PENDING;
    case JobState::kRunning:
      return v1::JOB_STATE_RUNNING;
    case JobState::kCancelling:
      return v1::JOB_STATE_CANCELLING;
    case JobState::kSucceeded:
      return v1::JOB_STATE_SUCCEEDED;
    case JobState::kFailed:
      return v1::JOB_STATE_FAILED;
    case JobState::kCancelled:
      return v1::JOB_STATE_CANCELLED;
    case JobState::kExpired:
      return v1::JOB_STATE_EXPIRED;
  }
  return v1::JOB_STATE_UNSPECIFIED;
}

// Of those that it must have been told, by their place in the witness.
bool HadTakenIn(const EventFollower::Told& told, const EventWitness& witness, size_t place) {
  if (witness.seqs[place] <= told.synced) return true;
  const auto shown = told.snapshot.find(witness.job_ids[place]);
  return shown != told.snapshot.end() && witness.seqs[place] <= shown->second.event_seq();
}

void CheckEach(const EventFollower::Told& told, const EventWitness& witness) {
  std::unordered_map<int64_t, uint64_t> digests;
  for (size_t i = 0; i < told.seqs.size(); ++i) {
    const bool in_order = i == 0 || told.seqs[i] > told.seqs[i - 1];
    EXPECT_TRUE(in_order) << "event " << told.seqs[i] << " after " << told.seqs[i - 1];
    digests[told.seqs[i]] = told.digests[i];
  }
  for (size_t i = 0; i < witness.seqs.size(); ++i) {
    const auto event = digests.find(witness.seqs[i]);
    const bool taken_in = HadTakenIn(told, witness, i);
    EXPECT_EQ(event == digests.end(), taken_in) << "event " << witness.seqs[i];
    if (event == digests.end()) continue;
    EXPECT_EQ(event->second, witness.digests[i]) << "event " << witness.seqs[i];
    digests.erase(event);
  }
  for (const auto& [seq, digest] : digests) {
    EXPECT_TRUE(witness.of_deleted.count(seq) == 1) << "event " << seq << " is of no such job";
  }
}

void CheckAll(const EventFollower::Told& told, const EventWitness& witness) {
  std::vector<int64_t> seqs;
  uint64_t digest = 0;
  for (size_t i = 0; i < witness.seqs.size(); ++i) {
    if (HadTakenIn(told, witness, i)) continue;
    seqs.push_back(witness.seqs[i]);
    digest = digest * 31 + witness.digests[i];
  }
  EXPECT_EQ(told.seqs.size(), seqs.size());
  EXPECT_TRUE(told.seqs == seqs);
  EXPECT_EQ(told.digest, digest);
}

}  // namespace

EventWitness WitnessOf(const StoreDump& dump, const std::string& label, const std::string& value) {
  EventWitness witness;
  std::unordered_map<JobNumber, std::string> followed;
  std::unordered_set<JobNumber> others;
  for (const StoredJob& job : dump.jobs) {
    bool has_label = false;
    for (const auto& [key, its_value] : job.spec.labels) {
      has_label = has_label || (key == label && its_value == value);
    }
    if (has_label) {
      followed[job.spec.number] = job.spec.id.ToString();
    } else {
      others.insert(job.spec.number);
    }
  }
  std::unordered_set<JobNumber> ended;
  int64_t before = 0;
  for (const JobReader::NumberedEvent& event : dump.events) {
    EXPECT_EQ(event.number, ++before) << "the log itself has a gap";
    const auto job = followed.find(event.event.job);
    if (job == followed.end()) {
      if (others.count(event.event.job) == 0) witness.of_deleted.insert(event.number);
      continue;
    }
    EXPECT_EQ(ended.count(event.event.job), 0u)
        << "an event after the terminal one: " << event.number;
    if (event.event.kind == EventKind::kEnded) ended.insert(event.event.job);
    witness.seqs.push_back(event.number);
    witness.job_ids.push_back(job->second);
    witness.digests.push_back(EventFollower::Digest(
        job->second, event.number, TypeOf(event.event.kind), StateOf(event.event.state)));
  }
  witness.jobs = static_cast<int64_t>(followed.size());
  witness.ended = static_cast<int64_t>(ended.size());
  return witness;
}

void CheckFollower(const EventFollower& follower, const EventWitness& witness) {
  const EventFollower::Told& told = follower.told();
  for (const std::string& problem : told.problems) ADD_FAILURE() << problem;
  if (follower.keeps_digests()) {
    CheckEach(told, witness);
  } else {
    CheckAll(told, witness);
  }
}

}  // namespace lull
