// A real store whose jobs live as a test says, and the committed events of it as watchers read
// them: without an engine, so that every commit is the test's own.
#ifndef LULL_TESTS_SERVER_WATCH_EVENT_LOG_H_
#define LULL_TESTS_SERVER_WATCH_EVENT_LOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proto/event.pb.h"
#include "proto/job_service.pb.h"
#include "server/api/job_snapshot.h"
#include "server/reads/read_pool.h"
#include "server/watch/committed_events.h"
#include "server/watch/watcher.h"
#include "storage/job_store.h"

namespace lull {

class EventLog {
 public:
  explicit EventLog(CommittedEvents::Limits limits = {});

  // ---- steps of jobs, which become durable with the next Commit
  JobNumber Create(Labels labels = {}, const std::string& tenant = "default");
  void Start(JobNumber job);
  void Fail(JobNumber job);
  void End(JobNumber job, JobState state = JobState::kSucceeded);
  void Delete(JobNumber job);
  // Of a job that lives for a number of events altogether, at least 2, in one commit each.
  JobNumber Live(Labels labels = {}, int events = 3);

  // One group. `told`: also to events().
  Group Commit(bool told = true, bool keep = true);
  // Number of the newest committed event.
  EventNumber newest() const { return next_event_ - 1; }

  std::string IdOf(JobNumber job) const;
  JobSnapshot Snapshot(JobNumber job) const;
  // The answer of every job that succeeds.
  static std::string AnswerOf(JobNumber job);

  JobStore& store() { return *store_; }
  CommittedEvents& events() { return events_; }
  PoolReader& reader() { return reader_; }

 private:
  void Note(JobNumber job, EventKind kind, JobState state);

  struct Job {
    std::shared_ptr<const JobSpec> spec;
    LiveState live;
    std::unique_ptr<JobEnded> ended;
  };

  const std::unique_ptr<JobStore> store_;
  PoolReader reader_;
  CommittedEvents events_;
  int64_t epoch_ = 0;
  JobNumber next_job_ = 1;
  EventNumber next_event_ = 1;
  Group group_;
  std::map<JobNumber, Job> jobs_;
};

// Drives a watcher until it is idle or ends, as its reader would see it. The status is that of the
// end; a watcher that only rests gives OK and `ended` false.
struct Watched {
  std::vector<v1::WatchJobsResponse> messages;
  bool ended = false;
  absl::Status status;

  std::vector<v1::Job> Snapshot() const;
  EventNumber synced = -1;
  std::vector<v1::JobEvent> Events() const;
  std::vector<EventNumber> Numbers() const;
};
Watched Drive(Watcher& watcher, EventLog& log);

}  // namespace lull

#endif  // LULL_TESTS_SERVER_WATCH_EVENT_LOG_H_
