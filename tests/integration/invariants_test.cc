// The checker of the kill test must see each fault that it is there for: one clean run, and one
// fault at a time in it.
#include "tests/integration/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/submit_load.h"

namespace lull {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;

constexpr uint64_t kSeed = 7;

absl::Time At(int second) { return absl::FromUnixSeconds(1'800'000'000 + second); }

std::string BodyOf(const std::string& marker) { return MarkedJob(marker).job().request().body(); }

// Two jobs. "a" was granted twice, the second time after the first worker was lost, and the server
// was killed while the second call ran; "b" was cancelled while it waited. "c" was refused.
class InvariantsTest : public testing::Test {
 protected:
  InvariantsTest() {
    run_.provider_seed = kSeed;
    run_.dispatches_max = 5;
    run_.server_kills = {At(25)};
    AddJob(1, "a");
    AddJob(2, "b");
    AddEvent(1, EventKind::kCreated, JobState::kPending, 0, 0);
    AddEvent(2, EventKind::kCreated, JobState::kPending, 0, 1);
    AddEvent(1, EventKind::kStarted, JobState::kRunning, 1, 5);
    AddEvent(1, EventKind::kLeaseExpired, JobState::kPending, 1, 15);
    AddEvent(1, EventKind::kStarted, JobState::kRunning, 2, 20);
    AddEvent(2, EventKind::kEnded, JobState::kCancelled, 0, 22);
    AddEvent(1, EventKind::kEnded, JobState::kSucceeded, 2, 30);
    AddCall(1, "a", 1, 6);
    AddCall(2, "a", 2, 21);
    End(1, JobState::kSucceeded, 2, 2, 30);
    job(1).ended->response = AnswerOf(2, "a");
    End(2, JobState::kCancelled, 0, 0, 22);
    run_.submissions = {Told("a", "id-a", {Id(1), Id(1)}, {}), Told("b", "id-b", {Id(2)}, {}),
                        Told("c", "id-c", {}, absl::StatusCode::kResourceExhausted)};
    run_.meddling.cancel_asked = {Id(2)};
    run_.integrity = {"ok"};
    // Since the kill "a" has ended, and nothing else has happened.
    run_.last_server = ServerCounts{At(26), 0, {{"succeeded", 1}, {"cancelled", 0}}, 0};
  }

  static Submission Told(const std::string& marker, const std::string& request_id,
                         const std::vector<std::string>& acknowledged,
                         std::optional<absl::StatusCode> refusal) {
    Submission submission;
    submission.marker = marker;
    submission.request_id = request_id;
    submission.acknowledged = acknowledged;
    submission.refusal = refusal;
    return submission;
  }
  void AddJob(JobNumber number, const std::string& marker) {
    StoredJob job;
    job.spec.number = number;
    job.spec.id = JobId::FromTimeAndRandom(At(0), 1, static_cast<uint64_t>(number));
    job.spec.labels = {{"marker", marker}};
    job.spec.body = std::make_shared<const std::string>(BodyOf(marker));
    run_.store.jobs.push_back(job);
  }
  void AddEvent(JobNumber job, EventKind kind, JobState state, LeaseNumber lease, int second) {
    Event event;
    event.job = job;
    event.kind = kind;
    event.state = state;
    event.lease = lease;
    event.time = At(second);
    run_.store.events.push_back({static_cast<EventNumber>(run_.store.events.size()) + 1, event});
  }
  void AddCall(int64_t number, const std::string& marker, LeaseNumber lease, int second) {
    LedgerCall call;
    call.number = number;
    call.received = At(second);
    call.request_id = absl::StrCat(Id(1), "/", lease);
    call.content_hash = QuestionHash(BodyOf(marker));
    call.outcome = "answered";
    run_.calls.push_back(call);
  }
  void End(JobNumber number, JobState state, LeaseNumber lease, int dispatches, int second) {
    job(number).state = state;
    JobEnded& ended = job(number).ended.emplace();
    ended.number = number;
    ended.state = state;
    ended.lease = lease;
    ended.dispatch_count = dispatches;
    ended.end_time = At(second);
  }

  StoredJob& job(JobNumber number) { return run_.store.jobs[static_cast<size_t>(number) - 1]; }
  Event& event(EventNumber number) {
    return run_.store.events[static_cast<size_t>(number) - 1].event;
  }
  std::string Id(JobNumber number) { return job(number).spec.id.ToString(); }
  static Bytes AnswerOf(uint64_t call, const std::string& marker) {
    return std::make_shared<const std::string>(absl::StrCat(R"({"id":")", AnswerId(kSeed, call),
                                                            R"(","content":")",
                                                            QuestionHash(BodyOf(marker)), R"("})"));
  }
  void ExpectViolated(const char* invariant) {
    EXPECT_THAT(CheckInvariants(run_).violations,
                Contains(StartsWith(absl::StrCat(invariant, ": "))));
  }

  RunRecord run_;
};

TEST_F(InvariantsTest, ACleanRunHasNoViolations) {
  const Findings findings = CheckInvariants(run_);
  EXPECT_THAT(findings.violations, IsEmpty());
  EXPECT_EQ(findings.Count("submissions acknowledged"), 2);
  EXPECT_EQ(findings.Count("submissions refused"), 1);
  EXPECT_EQ(findings.Count("grants"), 2);
  EXPECT_EQ(findings.Count("calls"), 2);
  EXPECT_EQ(findings.Count("answers to superseded leases"), 1);
  EXPECT_EQ(findings.Count("answers across a restart of the server"), 1);
  EXPECT_EQ(findings.Count("jobs cancelled"), 1);
}

TEST_F(InvariantsTest, AnAnswerIsAcrossARestartOnlyIfItsOwnLeaseIsOlder) {
  run_.server_kills = {At(10), At(40)};
  EXPECT_EQ(CheckInvariants(run_).Count("answers across a restart of the server"), 0);
}

TEST_F(InvariantsTest, CountsTheSubmitsThatAKillCutOff) {
  job(1).spec.create_time = At(2);
  job(2).spec.create_time = At(4);
  run_.server_kills = {At(3)};
  for (Submission& submission : run_.submissions) {
    submission.asked = At(1);
    submission.first_acknowledged = At(5);
  }
  const Findings findings = CheckInvariants(run_);
  EXPECT_EQ(findings.Count("submits cut off after the commit"), 1);
  EXPECT_EQ(findings.Count("submits cut off before the commit"), 1);
  run_.server_kills = {At(6)};
  EXPECT_EQ(CheckInvariants(run_).Count("submits cut off after the commit"), 0);
}

TEST_F(InvariantsTest, SeesALostJob) {
  run_.submissions.push_back(Told("d", "id-d", {"0190b2f4-0000-7000-8000-000000000000"}, {}));
  ExpectViolated("I1");
}

TEST_F(InvariantsTest, SeesTwoJobsOfOneRequestId) {
  AddJob(3, "a");
  ExpectViolated("I2");
}

TEST_F(InvariantsTest, SeesARepetitionAnsweredWithAnotherJob) {
  run_.submissions[0].acknowledged[1] = Id(2);
  ExpectViolated("I2");
}

TEST_F(InvariantsTest, SeesAReusedRequestIdThatWasNotRefused) {
  run_.submissions.push_back(Told("d", "id-a", {Id(1)}, {}));
  ExpectViolated("I2");
}

TEST_F(InvariantsTest, SeesALeaseNumberGivenTwice) {
  event(5).lease = 1;
  ExpectViolated("I3");
}

TEST_F(InvariantsTest, SeesTwoLiveLeases) {
  event(4).state = JobState::kRunning;
  ExpectViolated("I5");
}

TEST_F(InvariantsTest, SeesAnAnswerOfAnOlderLease) {
  job(1).ended->response = AnswerOf(1, "a");
  ExpectViolated("I4");
}

TEST_F(InvariantsTest, SeesAnEndByAnOlderLease) {
  job(1).ended->lease = 1;
  job(1).ended->response = AnswerOf(1, "a");
  ExpectViolated("I4");
}

TEST_F(InvariantsTest, SeesAnAnswerThatNoCallGave) {
  job(1).ended->response = std::make_shared<const std::string>(R"({"id":"poison"})");
  ExpectViolated("I4");
}

TEST_F(InvariantsTest, SeesAnAnswerToAnotherQuestion) {
  job(1).ended->response = AnswerOf(2, "b");
  ExpectViolated("I4");
}

TEST_F(InvariantsTest, SeesASecondEnd) {
  AddEvent(1, EventKind::kEnded, JobState::kFailed, 2, 31);
  ExpectViolated("I5");
}

TEST_F(InvariantsTest, SeesAnOutcomeThatDiffersFromTheLog) {
  job(2).ended->state = job(2).state = JobState::kExpired;
  ExpectViolated("I5");
}

TEST_F(InvariantsTest, SeesACancelThatNobodyAskedFor) {
  run_.meddling.cancel_asked.clear();
  ExpectViolated("I5");
}

TEST_F(InvariantsTest, SeesAJobThatHasNotEnded) {
  job(1).state = JobState::kRunning;
  job(1).ended.reset();
  ExpectViolated("I6");
}

TEST_F(InvariantsTest, SeesACallWithoutAGrant) {
  AddCall(3, "a", 3, 25);
  ExpectViolated("I7");
}

TEST_F(InvariantsTest, SeesACallBeforeItsGrant) {
  run_.calls[1].received = At(19);
  ExpectViolated("I7");
}

TEST_F(InvariantsTest, SeesACallMadeTwice) {
  AddCall(3, "a", 2, 22);
  ExpectViolated("I7");
}

TEST_F(InvariantsTest, SeesMoreGrantsThanAllowed) {
  run_.dispatches_max = 1;
  ExpectViolated("I7");
}

TEST_F(InvariantsTest, SeesAGapInTheLog) {
  run_.store.events.back().number = 9;
  ExpectViolated("I11");
}

TEST_F(InvariantsTest, SeesAJobThatNobodySubmitted) {
  run_.submissions.erase(run_.submissions.begin() + 1);
  ExpectViolated("I15");
}

TEST_F(InvariantsTest, ADeletedJobMayBeGoneAndARetryIsASecondJob) {
  run_.meddling.delete_asked = run_.meddling.deleted = {Id(2)};
  run_.meddling.retries = {{Id(1), {}}};
  AddJob(3, "a");
  AddEvent(3, EventKind::kCreated, JobState::kPending, 0, 23);
  AddEvent(3, EventKind::kEnded, JobState::kCancelled, 0, 24);
  End(3, JobState::kCancelled, 0, 0, 24);
  run_.meddling.cancel_asked.push_back(Id(3));
  run_.meddling.retries[Id(1)] = {Id(3), Id(3)};
  run_.store.jobs.erase(run_.store.jobs.begin() + 1);
  EXPECT_THAT(CheckInvariants(run_).violations, IsEmpty());
}

TEST_F(InvariantsTest, SeesADeletedJobThatCameBack) {
  run_.meddling.delete_asked = run_.meddling.deleted = {Id(2)};
  ExpectViolated("I1");
}

TEST_F(InvariantsTest, SeesALostRetry) {
  run_.meddling.retries = {{Id(2), {"0190b2f4-0000-7000-8000-000000000000"}}};
  ExpectViolated("I1");
}

TEST_F(InvariantsTest, SeesARetryMadeTwice) {
  run_.meddling.retries = {{Id(2), {Id(1), Id(2)}}};
  ExpectViolated("I2");
}

TEST_F(InvariantsTest, AnUpdateLeavesAPendingJobPending) {
  run_.store.events.insert(run_.store.events.begin() + 2, run_.store.events[1]);
  event(3).kind = EventKind::kUpdated;
  for (size_t i = 0; i < run_.store.events.size(); ++i) {
    run_.store.events[i].number = static_cast<EventNumber>(i) + 1;
  }
  EXPECT_THAT(CheckInvariants(run_).violations, IsEmpty());
  event(3).state = JobState::kRunning;
  ExpectViolated("I5");
}

TEST_F(InvariantsTest, SeesALostUpdate) {
  run_.meddling.priorities = {{Id(2), 7}};
  ExpectViolated("I1");
}

TEST_F(InvariantsTest, SeesMetricsThatMissAnEnd) {
  run_.last_server->ended["succeeded"] = 0;
  ExpectViolated("I15");
}

TEST_F(InvariantsTest, SeesMetricsThatCountAJobTwice) {
  run_.last_server->created = 1;
  ExpectViolated("I15");
}

TEST_F(InvariantsTest, SeesMetricsThatStillKnowAJob) {
  run_.last_server->live = 1;
  ExpectViolated("I15");
}

TEST_F(InvariantsTest, SeesABrokenFile) {
  run_.integrity.push_back("row 7 missing from index jobs_by_id");
  ExpectViolated("I17");
}

TEST_F(InvariantsTest, SeesARefusedJobThatExists) {
  run_.submissions[1].acknowledged.clear();
  run_.submissions[1].refusal = absl::StatusCode::kResourceExhausted;
  ExpectViolated("I16");
}

}  // namespace
}  // namespace lull
