#include "server/watch/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/watch/watch_message.h"
#include "tests/server/watch/event_log.h"

namespace lull {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Labels kOurs = {{"team", "ours"}};

WatchOrder ByLabels(Labels labels = kOurs) {
  WatchOrder order;
  order.caller.tenant = "default";
  order.create_labels = std::move(labels);
  return order;
}

WatchOrder ByIds(std::vector<std::string> ids) {
  WatchOrder order;
  order.caller.tenant = "default";
  order.job_ids = std::move(ids);
  return order;
}

WatchOrder After(EventNumber number, WatchOrder order) {
  order.resume_after = number;
  return order;
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  return info ? std::string(*info) : "";
}

TEST(Watcher, TellsTheSelectedJobsEventsInTheirOrder) {
  EventLog log;
  const JobNumber ours = log.Live(kOurs);
  log.Live({{"team", "others"}});
  log.Create(kOurs, "another tenant");
  log.Create({{"a", "1"}, {"team", "ours"}, {"z", "2"}});
  log.Commit();

  Watcher watcher(After(0, ByLabels()), &log.events(), nullptr);
  const Watched watched = Drive(watcher, log);
  EXPECT_FALSE(watched.ended);
  EXPECT_THAT(watched.Numbers(), ElementsAre(1, 2, 3, 8));
  EXPECT_EQ(watcher.position(), log.newest());
  const std::vector<v1::JobEvent> events = watched.Events();
  EXPECT_EQ(events[0].job_id(), log.IdOf(ours));
  EXPECT_EQ(events[0].type(), v1::JOB_EVENT_TYPE_CREATED);
  EXPECT_EQ(events[0].create_labels().at("team"), "ours");
  EXPECT_EQ(events[2].type(), v1::JOB_EVENT_TYPE_ENDED);
  EXPECT_EQ(events[2].state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(Watcher, GoesOnWhereItWasWithWhatIsCommittedMeanwhile) {
  EventLog log;
  const JobNumber job = log.Create(kOurs);
  log.Commit();
  Watcher watcher(After(0, ByLabels()), &log.events(), nullptr);
  EXPECT_THAT(Drive(watcher, log).Numbers(), ElementsAre(1));
  EXPECT_THAT(Drive(watcher, log).Numbers(), IsEmpty());
  log.Start(job);
  log.End(job);
  log.Commit();
  EXPECT_THAT(Drive(watcher, log).Numbers(), ElementsAre(2, 3));
}

TEST(Watcher, ReadsTheSameFromMemoryAndFromTheStore) {
  CommittedEvents::Limits limits;
  limits.ring.max_events = 10;
  limits.page_events = 7;
  limits.max_pages = 2;
  EventLog log(limits);
  for (int i = 0; i < 20; ++i) log.Live(i % 3 == 0 ? Labels() : kOurs, 2 + i % 4);
  std::vector<EventNumber> expected;
  {
    CommittedEvents stored{CommittedEvents::Limits()};  // that has seen no commit
    Watcher watcher(After(0, ByLabels()), &stored, nullptr);
    expected = Drive(watcher, log).Numbers();
  }
  ASSERT_GT(expected.size(), 30u);
  for (EventNumber after = 0; after <= log.newest(); ++after) {
    Watcher watcher(After(after, ByLabels()), &log.events(), nullptr);
    std::vector<EventNumber> rest;
    for (EventNumber number : expected) {
      if (number > after) rest.push_back(number);
    }
    EXPECT_EQ(Drive(watcher, log).Numbers(), rest) << after;
  }
}

TEST(Watcher, ASnapshotShowsEveryJobOnceAndIsFollowedByWhatItDidNotShow) {
  EventLog log;
  const JobNumber ended = log.Live(kOurs);
  const JobNumber early = log.Create(kOurs);
  const JobNumber late = log.Create(kOurs);
  log.Create({{"team", "others"}});
  log.Commit();
  const EventNumber synced = log.newest();

  Watcher watcher(ByLabels(), &log.events(), nullptr);
  const Watcher::Step step = watcher.Next(log.reader());
  ASSERT_EQ(step.kind, Watcher::Step::Kind::kReadJobs);
  ASSERT_EQ(step.jobs.size(), 3u);
  // Between the snapshot's number and its reading one job changes, and afterwards both.
  log.Start(early);
  log.Commit();
  std::vector<absl::StatusOr<JobSnapshot>> jobs;
  for (const JobRef& job : step.jobs) jobs.push_back(log.Snapshot(job.number));
  log.End(early);
  log.Start(late);
  const JobNumber created = log.Create(kOurs);
  log.Commit();
  watcher.TakeJobs(std::move(jobs));

  const Watched watched = Drive(watcher, log);
  EXPECT_EQ(watched.synced, synced);
  ASSERT_EQ(watched.Snapshot().size(), 3u);
  for (const v1::Job& job : watched.Snapshot()) {
    if (job.id() == log.IdOf(ended)) {
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
      EXPECT_EQ(job.event_seq(), 3);
      EXPECT_EQ(job.response().body(), "");
    } else if (job.id() == log.IdOf(early)) {
      EXPECT_EQ(job.state(), v1::JOB_STATE_RUNNING);
      EXPECT_EQ(job.event_seq(), synced + 1);
    } else {
      EXPECT_EQ(job.id(), log.IdOf(late));
      EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
    }
  }
  const std::vector<v1::JobEvent> events = watched.Events();
  ASSERT_THAT(watched.Numbers(), ElementsAre(synced + 2, synced + 3, synced + 4));
  EXPECT_EQ(events[0].job_id(), log.IdOf(early));
  EXPECT_EQ(events[0].type(), v1::JOB_EVENT_TYPE_ENDED);
  EXPECT_EQ(events[1].job_id(), log.IdOf(late));
  EXPECT_EQ(events[2].job_id(), log.IdOf(created));
}

TEST(Watcher, ASnapshotOfNothingIsSyncedAtOnce) {
  EventLog log;
  log.Create({{"team", "others"}});
  log.Commit();
  Watcher watcher(ByLabels(), &log.events(), nullptr);
  EXPECT_FALSE(watcher.can_resume());
  const Watched watched = Drive(watcher, log);
  EXPECT_EQ(watched.synced, 1);
  EXPECT_EQ(watched.messages.size(), 1u);
  EXPECT_TRUE(watcher.can_resume());
}

TEST(Watcher, ALargeSnapshotComesInMessagesOfBoundedSize) {
  EventLog log;
  constexpr int kJobs = 1500;
  for (int i = 0; i < kJobs; ++i) log.Create(i % 2 == 0 ? kOurs : Labels());
  log.Commit();
  Watcher watcher(ByLabels(), &log.events(), nullptr);
  const Watched watched = Drive(watcher, log);
  EXPECT_EQ(watched.Snapshot().size(), kJobs / 2);
  for (const v1::WatchJobsResponse& message : watched.messages) {
    EXPECT_LT(message.ByteSizeLong(), Watcher::kMessageBytes + 1000);
  }
}

TEST(Watcher, AMessageHoldsAThousandEventsOr64KiBOfThem) {
  EventLog log;
  for (int i = 0; i < 3000; ++i) log.Create(kOurs);
  log.Commit();
  Watcher watcher(After(0, ByLabels()), &log.events(), nullptr);
  const Watched watched = Drive(watcher, log);
  EXPECT_EQ(watched.Numbers().size(), 3000u);
  EXPECT_LT(watched.messages.size(), 10u);
  for (const v1::WatchJobsResponse& message : watched.messages) {
    EXPECT_LE(message.events().events_size(), Watcher::kMessageEvents);
    EXPECT_LT(message.ByteSizeLong(), Watcher::kMessageBytes + 1000);
  }
}

TEST(Watcher, OnlyTheNamedJobsAndOnlyIfTheyAreTheCallers) {
  EventLog log;
  const JobNumber a = log.Create();
  log.Create();
  const JobNumber foreign = log.Create({}, "another tenant");
  log.Commit();
  Watcher watcher(After(0, ByIds({log.IdOf(a)})), &log.events(), nullptr);
  EXPECT_THAT(Drive(watcher, log).Numbers(), ElementsAre(1));

  Watcher of_another(ByIds({log.IdOf(a), log.IdOf(foreign)}), &log.events(), nullptr);
  const Watched refused = Drive(of_another, log);
  EXPECT_TRUE(refused.ended);
  EXPECT_TRUE(absl::IsNotFound(refused.status)) << refused.status;
  EXPECT_NE(std::string(refused.status.message()).find(log.IdOf(foreign)), std::string::npos);
}

TEST(Watcher, EndsWhenAllNamedJobsHaveEnded) {
  EventLog log;
  const JobNumber a = log.Create();
  const JobNumber b = log.Create();
  log.Commit();
  WatchOrder order = ByIds({log.IdOf(a), log.IdOf(b)});
  order.until_terminal = true;
  log.End(a, JobState::kFailed);
  log.Commit();
  Watcher watcher(order, &log.events(), nullptr);
  EXPECT_FALSE(Drive(watcher, log).ended);
  log.End(b);
  log.Commit();
  const Watched last = Drive(watcher, log);
  EXPECT_THAT(last.Numbers(), ElementsAre(log.newest()));
  EXPECT_TRUE(last.ended);
  EXPECT_TRUE(last.status.ok());

  Watcher late(order, &log.events(), nullptr);
  const Watched at_once = Drive(late, log);
  EXPECT_EQ(at_once.Snapshot().size(), 2u);
  EXPECT_EQ(at_once.synced, log.newest());
  EXPECT_TRUE(at_once.ended && at_once.status.ok());
}

TEST(Watcher, AResumedOneKnowsWhichJobsHaveEndedBefore) {
  EventLog log;
  const JobNumber a = log.Create();
  const JobNumber b = log.Create();
  log.End(a);
  log.Commit();
  const EventNumber seen = log.newest();
  WatchOrder order = After(seen, ByIds({log.IdOf(a), log.IdOf(b)}));
  order.until_terminal = true;
  Watcher watcher(order, &log.events(), nullptr);
  EXPECT_FALSE(Drive(watcher, log).ended);
  log.End(b);
  log.Commit();
  const Watched last = Drive(watcher, log);
  EXPECT_THAT(last.Numbers(), ElementsAre(seen + 1));
  EXPECT_TRUE(last.ended && last.status.ok());

  order.resume_after = seen - 1;
  Watcher earlier(order, &log.events(), nullptr);
  const Watched both = Drive(earlier, log);
  EXPECT_THAT(both.Numbers(), ElementsAre(seen, seen + 1));
  EXPECT_TRUE(both.ended && both.status.ok());
}

TEST(Watcher, EventsOfADeletedJobArePassedOverAndItCountsAsEnded) {
  EventLog log;
  const JobNumber gone = log.Create(kOurs);
  const JobNumber kept = log.Create(kOurs);
  log.Commit(/*told=*/true, /*keep=*/false);
  log.End(gone);
  log.End(kept);
  log.Commit(/*told=*/true, /*keep=*/false);
  log.Delete(gone);
  log.Commit();
  Watcher by_labels(After(0, ByLabels()), &log.events(), nullptr);
  EXPECT_THAT(Drive(by_labels, log).Numbers(), ElementsAre(2, 4));

  WatchOrder order = After(0, ByIds({log.IdOf(gone), log.IdOf(kept)}));
  order.until_terminal = true;
  Watcher by_id(order, &log.events(), nullptr);
  const Watched watched = Drive(by_id, log);
  EXPECT_THAT(watched.Numbers(), ElementsAre(2, 4));
  EXPECT_TRUE(watched.ended && watched.status.ok());
}

TEST(Watcher, AddsTheAnswersIfAskedFor) {
  EventLog log;
  const JobNumber before = log.Live(kOurs);
  WatchOrder order = ByLabels();
  order.include_response = true;
  Watcher watcher(order, &log.events(), nullptr);
  const std::vector<v1::Job> jobs = Drive(watcher, log).Snapshot();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].response().body(), EventLog::AnswerOf(before));
  EXPECT_EQ(jobs[0].request().body(), "");

  const JobNumber after = log.Live(kOurs);
  const std::vector<v1::JobEvent> events = Drive(watcher, log).Events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_FALSE(events[1].has_response());
  EXPECT_EQ(events[2].response().body(), EventLog::AnswerOf(after));
  EXPECT_EQ(events[2].response().http_status(), 200);
}

TEST(Watcher, CannotResumeAfterWhatHasNotHappened) {
  EventLog log;
  log.Live(kOurs);
  Watcher watcher(After(4, ByLabels()), &log.events(), nullptr);
  const Watched watched = Drive(watcher, log);
  EXPECT_EQ(watched.status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_NE(ReasonOf(watched.status).find("EVENT_NOT_REACHED"), std::string::npos);
  EXPECT_NE(ReasonOf(watched.status).find("newest_seq"), std::string::npos);
  Watcher newest(After(3, ByLabels()), &log.events(), nullptr);
  EXPECT_FALSE(Drive(newest, log).ended);
}

TEST(Watcher, OutputComesBeforeItsJobsEndAndNeverAfterIt) {
  EventLog log;
  const JobNumber job = log.Create(kOurs);
  log.Commit();
  auto output = std::make_shared<OutputBuffer>();
  Watcher watcher(After(0, ByLabels()), &log.events(), output);
  Drive(watcher, log);
  const auto piece = [&](int64_t offset) {
    return std::make_shared<const std::string>(
        WatchOutputMessage(log.IdOf(job), 1, offset, "data: {}\n\n"));
  };
  EXPECT_TRUE(output->Put(job, piece(0)));
  EXPECT_TRUE(output->Put(job, piece(10)));
  log.End(job);
  log.Commit();
  const Watched watched = Drive(watcher, log);
  ASSERT_EQ(watched.messages.size(), 3u);
  EXPECT_EQ(watched.messages[0].output().offset(), 0);
  EXPECT_EQ(watched.messages[1].output().offset(), 10);
  EXPECT_EQ(watched.messages[1].output().data(), "data: {}\n\n");
  EXPECT_EQ(watched.messages[2].events().events(0).type(), v1::JOB_EVENT_TYPE_ENDED);
  EXPECT_FALSE(output->Put(job, piece(20)));
  EXPECT_THAT(Drive(watcher, log).messages, IsEmpty());
}

}  // namespace
}  // namespace lull
