// What clients and workers of one engine were told, and whether what it holds later agrees: every
// command that was acknowledged has had its effect, once, and nothing that was shown was undone.
//
// The events are the yardstick. Each step of a job is one, with a number; so whatever was shown of
// a job names the event after which it was so, and that event has to stay what it was.
#ifndef LULL_TESTS_SERVER_ENGINE_TOLD_ANSWERS_H_
#define LULL_TESTS_SERVER_ENGINE_TOLD_ANSWERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/engine/lease_token.h"
#include "storage/job_store.h"
#include "storage/record.h"

namespace lull {

// All that an engine and its store hold.
struct StoredJobs {
  std::vector<Event> events;            // from number 1 on
  std::map<JobNumber, LiveState> live;  // as the engine has them
  std::map<JobNumber, JobEnded> ended;
  std::vector<JobReader::JobLine> lines;  // as the store lists them
  int64_t calls = 0;                      // as usage counts them
};

class ToldAnswers {
 public:
  explicit ToldAnswers(absl::Duration finished_jobs_are_kept) : kept_(finished_jobs_are_kept) {}

  // ---- what was acknowledged

  // By request id. Says so where an earlier answer named another job.
  void NoteSubmitted(uint64_t key, JobNumber job);
  void NoteGranted(const LeaseToken& token);
  void NoteHeld(const LeaseToken& token);  // by a renewal
  void NoteReported(const LeaseToken& token, Outcome outcome);
  void NoteCancelled(JobNumber job);
  void NoteEnded(JobNumber job);
  void NoteUpdated(JobNumber job, const Labels& labels);
  void NoteDeleted(JobNumber job);

  // ---- what was asked for, and may have been done though nobody was told

  void NoteGrantMayBeLost() { ++lost_grants_; }
  void NoteDeletion(JobNumber job) { deletable_.insert(job); }
  void NoteUpdate(JobNumber job, const Labels& labels) { told_[job].asked_labels = labels; }

  // ---- what was shown

  void NoteShown(EventNumber number, const Event& event);
  void NoteShown(const LiveState& live);
  void NoteShown(const JobEnded& ended);
  void NoteGone(JobNumber job);  // neither live nor in the store

  // Adds a test's failure for each contradiction. `complete`: every command was acknowledged by
  // now, so there are no jobs but those.
  void Check(const StoredJobs& found, absl::Time now, bool complete);

  int64_t answers() const { return answers_; }
  const std::map<uint64_t, JobNumber>& jobs() const { return jobs_; }
  JobNumber newest_job() const { return newest_job_; }
  int64_t shown_events() const { return static_cast<int64_t>(events_.size()); }

 private:
  struct Told {
    std::set<LeaseNumber> grants;
    std::map<LeaseNumber, Outcome> reports;
    bool cancelled = false;
    bool ended = false;
    bool deleted = false;
    Labels labels;
    Labels asked_labels;
  };
  // One that was live when shown.
  struct Shown {
    JobNumber job = 0;
    JobState state = JobState::kPending;
    LeaseNumber lease = 0;
    bool operator==(const Shown&) const = default;
  };
  // A job as its events tell it.
  struct Life {
    std::vector<Event> events;
    EventNumber newest = 0;
    std::map<LeaseNumber, Outcome> attempts;  // that are over
    std::set<LeaseNumber> started;
  };

  void CheckShown(const StoredJobs& found);
  void CheckLife(JobNumber job, const Life& life);
  void CheckTold(JobNumber job, const Told& told, const Life& life);
  void CheckStands(JobNumber job, const Life& life, const StoredJobs& found, absl::Time now);
  void CheckLabels(JobNumber job, const std::optional<Labels>& labels);
  void CheckAttempts(const std::vector<Attempt>& attempts, const Life& life);
  static std::map<JobNumber, Life> LivesOf(const std::vector<Event>& events);

  const absl::Duration kept_;
  int64_t answers_ = 0;
  int lost_grants_ = 0;
  JobNumber newest_job_ = 0;
  std::map<uint64_t, JobNumber> jobs_;  // by request id
  std::map<JobNumber, Told> told_;
  std::set<JobNumber> deletable_;
  std::set<JobNumber> gone_;
  std::map<EventNumber, Event> events_;
  std::map<EventNumber, Shown> live_;
  std::map<JobNumber, JobEnded> ended_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_TOLD_ANSWERS_H_
