#include "tests/server/watch/event_log.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/open_job_store.h"

namespace lull {
namespace {

std::unique_ptr<JobStore> NewStore() {
  std::string folder = absl::StrCat(::testing::TempDir(), "/lull-XXXXXX");
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  return *OpenJobStore(StoreOptions{.data_dir = folder});
}

constexpr absl::Time kTime = absl::FromUnixSeconds(1'767'614'400);

}  // namespace

EventLog::EventLog(CommittedEvents::Limits limits)
    : store_(NewStore()), reader_(store_.get()), events_(limits) {
  const auto recovered = store_->Recover(kTime);
  EXPECT_TRUE(recovered.ok()) << recovered.status();
  epoch_ = recovered->epoch;
}

JobNumber EventLog::Create(Labels labels, const std::string& tenant) {
  const JobNumber number = next_job_++;
  auto spec = std::make_shared<JobSpec>();
  spec->number = number;
  spec->id.bytes = {};
  for (int i = 0; i < 8; ++i) {
    spec->id.bytes[static_cast<size_t>(15 - i)] = static_cast<uint8_t>(number >> (8 * i));
  }
  spec->tenant = tenant;
  spec->class_name = "standard";
  spec->labels = std::move(labels);
  spec->create_time = kTime;
  spec->body = std::make_shared<const std::string>("{}");
  Job& job = jobs_[number];
  job.spec = spec;
  job.live.number = number;
  job.live.tenant = tenant;
  job.live.class_name = "standard";
  Note(number, EventKind::kCreated, JobState::kPending);
  job.live.event = next_event_ - 1;
  group_.records.push_back(JobCreated{spec, job.live});
  return number;
}

void EventLog::Start(JobNumber number) {
  Job& job = jobs_[number];
  job.live.state = JobState::kRunning;
  ++job.live.dispatch_count;
  Note(number, EventKind::kStarted, JobState::kRunning);
  group_.records.push_back(LiveChanged{job.live});
}

void EventLog::Fail(JobNumber number) {
  Job& job = jobs_[number];
  job.live.state = JobState::kPending;
  Note(number, EventKind::kAttemptFailed, JobState::kPending);
  group_.records.push_back(LiveChanged{job.live});
}

void EventLog::End(JobNumber number, JobState state) {
  Job& job = jobs_[number];
  Note(number, EventKind::kEnded, state);
  job.ended = std::make_unique<JobEnded>();
  job.ended->number = number;
  job.ended->state = state;
  job.ended->tenant = job.live.tenant;
  job.ended->class_name = job.live.class_name;
  job.ended->event = job.live.event;
  if (state == JobState::kSucceeded) {
    job.ended->http_status = 200;
    job.ended->response = std::make_shared<const std::string>(AnswerOf(number));
  }
  group_.records.push_back(*job.ended);
}

void EventLog::Delete(JobNumber job) { group_.records.push_back(JobDeleted{job}); }

JobNumber EventLog::Live(Labels labels, int events) {
  const JobNumber job = Create(std::move(labels));
  Commit();
  for (int i = 2; i < events; ++i) {
    if (i % 2 == 0) {
      Start(job);
    } else {
      Fail(job);
    }
    Commit();
  }
  End(job);
  Commit();
  return job;
}

void EventLog::Note(JobNumber number, EventKind kind, JobState state) {
  Event event;
  event.job = number;
  event.kind = kind;
  event.state = state;
  event.time = kTime + absl::Seconds(next_event_);
  event.tenant = jobs_[number].live.tenant;
  event.class_name = jobs_[number].live.class_name;
  event.attempt_number = jobs_[number].live.dispatch_count;
  if (kind == EventKind::kStarted) event.upstream = "up";
  if (group_.events.empty()) group_.first_event = next_event_;
  group_.events.push_back(std::move(event));
  jobs_[number].live.event = next_event_++;
}

Group EventLog::Commit(bool told, bool keep) {
  Group group = std::exchange(group_, {});
  group.epoch = epoch_;
  if (group.first_event == 0) group.first_event = next_event_;
  const absl::Status status = store_->ApplyGroup(group);
  EXPECT_TRUE(status.ok()) << status;
  if (told) events_.OnCommitted(group, keep);
  return group;
}

std::string EventLog::IdOf(JobNumber job) const { return jobs_.at(job).spec->id.ToString(); }

JobSnapshot EventLog::Snapshot(JobNumber number) const {
  const Job& job = jobs_.at(number);
  JobSnapshot snapshot;
  snapshot.spec = job.spec;
  if (job.ended != nullptr) {
    snapshot.now = *job.ended;
  } else {
    snapshot.now = LiveView{job.live, {}};
  }
  return snapshot;
}

std::string EventLog::AnswerOf(JobNumber job) { return absl::StrCat("{\"answer\":", job, "}"); }

std::vector<v1::Job> Watched::Snapshot() const {
  std::vector<v1::Job> jobs;
  for (const auto& message : messages) {
    jobs.insert(jobs.end(), message.snapshot().jobs().begin(), message.snapshot().jobs().end());
  }
  return jobs;
}

std::vector<v1::JobEvent> Watched::Events() const {
  std::vector<v1::JobEvent> events;
  for (const auto& message : messages) {
    events.insert(events.end(), message.events().events().begin(), message.events().events().end());
  }
  return events;
}

std::vector<EventNumber> Watched::Numbers() const {
  std::vector<EventNumber> numbers;
  for (const v1::JobEvent& event : Events()) numbers.push_back(event.seq());
  return numbers;
}

Watched Drive(Watcher& watcher, EventLog& log) {
  Watched watched;
  while (true) {
    Watcher::Step step = watcher.Next(log.reader());
    switch (step.kind) {
      case Watcher::Step::Kind::kMessage: {
        v1::WatchJobsResponse message;
        EXPECT_TRUE(message.ParseFromString(step.message));
        EXPECT_NE(message.payload_case(), v1::WatchJobsResponse::PAYLOAD_NOT_SET);
        if (message.has_synced()) watched.synced = message.synced().seq();
        watched.messages.push_back(std::move(message));
        break;
      }
      case Watcher::Step::Kind::kReadJobs: {
        std::vector<absl::StatusOr<JobSnapshot>> jobs;
        for (const JobRef& job : step.jobs) jobs.push_back(log.Snapshot(job.number));
        watcher.TakeJobs(std::move(jobs));
        break;
      }
      case Watcher::Step::Kind::kAgain:
        break;
      case Watcher::Step::Kind::kIdle:
        return watched;
      case Watcher::Step::Kind::kEnd:
        watched.ended = true;
        watched.status = step.status;
        return watched;
    }
  }
}

}  // namespace lull
