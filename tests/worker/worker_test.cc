#include "worker/worker.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "tests/worker/worker_fixture.h"

namespace lull {
namespace {

TEST_F(WorkerTest, MakesTheCallOfALeasedJobAndReportsItsAnswer) {
  StartWorker();
  v1::LeasedJob job = Job("a");
  job.mutable_upstream()->set_model("m-2");
  (*job.mutable_upstream()->mutable_headers())["X-Team"] = "blue";
  queue_.AddJob(job);
  upstream_.Answer();
  const HeardFromWorker heard = queue_.WaitUntil(Results(1));

  const v1::AttemptResult& result = heard.results[0];
  EXPECT_EQ(result.lease_token(), "a");
  EXPECT_EQ(result.outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(result.billed(), v1::BILLED_YES);
  EXPECT_EQ(result.http_status(), 200);
  EXPECT_EQ(result.response().body(), kAnswer);
  EXPECT_TRUE(result.has_start_offset());
  EXPECT_TRUE(result.has_end_offset());
  EXPECT_TRUE(result.has_time_to_first_content());
  EXPECT_EQ(result.SerializeAsString().find("canary"), std::string::npos);

  const v1::LeaseJobsRequest& poll = heard.polls[0];
  EXPECT_EQ(poll.worker_id(), "w-1");
  EXPECT_EQ(poll.version(), "1.2.3");
  EXPECT_EQ(poll.capacity(), 8);
  ASSERT_EQ(poll.credentials_size(), 1);
  EXPECT_EQ(poll.credentials(0), "main");
  ASSERT_EQ(poll.tags_size(), 1);
  EXPECT_EQ(poll.tags(0), "zone=a");
  for (const std::string& authorization : heard.authorizations) {
    EXPECT_EQ(authorization, "Bearer t-1");
  }

  ASSERT_EQ(upstream_.server().requests().size(), 1u);
  const std::string request = upstream_.server().requests()[0];
  EXPECT_TRUE(absl::StartsWith(request, "POST /v1/chat/completions HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, absl::StrCat("Authorization: Bearer ", kKey, "\r\n")));
  EXPECT_TRUE(absl::StrContains(request, "X-Request-Id: job-a/1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "X-Team: blue\r\n")) << request;
  EXPECT_TRUE(absl::EndsWith(request, R"({"model":"m-2"})")) << request;
}

TEST_F(WorkerTest, TwoPollsWaitAndShareTheRoom) {
  StartWorker(7);
  const HeardFromWorker heard = queue_.WaitUntil(PollsWaiting(2));
  ASSERT_EQ(heard.polls.size(), 2u);
  EXPECT_EQ(heard.polls[0].max_jobs() + heard.polls[1].max_jobs(), 7);
  EXPECT_GT(heard.polls[1].max_jobs(), 0);
}

TEST_F(WorkerTest, HoldsNoMoreLeasesThanItHasRoomForAndAsksAgainWhenThereIs) {
  StartWorker(2);
  for (const char* token : {"a", "b", "c"}) queue_.AddJob(Job(token));
  upstream_.server().WaitForRequests(2);
  HeardFromWorker heard = queue_.WaitUntil(PollsWaiting(0));
  EXPECT_EQ(heard.jobs_leased, 2);
  EXPECT_EQ(heard.polls.size(), 2u);
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  upstream_.server().WaitForRequests(3);
  EXPECT_EQ(queue_.heard().jobs_leased, 3);
}

TEST_F(WorkerTest, AReportWhoseAnswerIsLostIsSentAgainUnchanged) {
  StartWorker();
  queue_.FailFinishes(3, absl::StatusCode::kUnavailable);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  queue_.WaitUntil(Results(1));  // or the clock may pass the call's time limits
  const HeardFromWorker heard = AdvanceUntil(Results(4));
  for (const v1::AttemptResult& result : heard.results) {
    EXPECT_EQ(result.SerializeAsString(), heard.results[0].SerializeAsString());
  }
  // It was taken, so nothing more is said of it.
  const size_t renewals = heard.renewals.size();
  const HeardFromWorker later = AdvanceUntil(Renewals(renewals + 2));
  EXPECT_EQ(later.results.size(), 4u);
  EXPECT_EQ(later.renewals.back().lease_tokens_size(), 0);
  EXPECT_EQ(upstream_.server().requests().size(), 1u);
}

TEST_F(WorkerTest, AStaleReportIsDropped) {
  StartWorker(1);
  queue_.SetReportStatus("a", v1::REPORT_STATUS_STALE);
  queue_.AddJob(Job("a"));
  queue_.AddJob(Job("b"));
  upstream_.Answer(2);
  const HeardFromWorker heard = queue_.WaitUntil(Results(2));
  EXPECT_EQ(heard.results[0].lease_token(), "a");
  EXPECT_EQ(heard.results[1].lease_token(), "b");
  EXPECT_TRUE(absl::StrContains(metrics_->Render(), "lull_worker_stale_reports_total 1"));
}

TEST_F(WorkerTest, OneReportThatTheServerRefusesDoesNotHoldUpTheOthers) {
  StartWorker();
  queue_.SetReportStatus("a", v1::REPORT_STATUS_INVALID);
  queue_.FailFinishes(1, absl::StatusCode::kInvalidArgument);
  for (const char* token : {"a", "b", "c"}) queue_.AddJob(Job(token));
  upstream_.Answer(3);
  upstream_.server().WaitForRequests(3);
  queue_.WaitUntil(Results(1));
  AdvanceUntil([](const HeardFromWorker& heard) {
    std::set<std::string> tokens;
    for (const v1::AttemptResult& result : heard.results) tokens.insert(result.lease_token());
    return tokens.size() == 3;
  });
}

// gRPC's own bound at the queue of these tests is 4 MiB.
TEST_F(WorkerTest, AnAnswerTooLargeForAMessageIsReportedWithoutItsBody) {
  const std::string text(5 << 20, 'x');
  RawServer upstream([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(
        RawAnswer(200, absl::StrCat(R"({"choices":[{"finish_reason":"stop","text":")", text,
                                    R"("}],"usage":{"prompt_tokens":12,"completion_tokens":3}})")));
  });
  StartWorker();
  v1::LeasedJob job = Job("large");
  job.mutable_upstream()->set_base_url(upstream.Url("/v1"));
  job.mutable_upstream()->clear_credential();
  queue_.AddJob(job);
  upstream.WaitForRequests(1);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  const v1::AttemptResult& result = heard.results[0];
  EXPECT_EQ(result.lease_token(), "large");
  EXPECT_EQ(result.outcome(), v1::OUTCOME_INVALID_RESPONSE);
  EXPECT_EQ(result.billed(), v1::BILLED_YES);
  EXPECT_EQ(result.http_status(), 200);
  EXPECT_EQ(result.usage().prompt_tokens(), 12);
  EXPECT_EQ(result.response().body(), "");
  EXPECT_TRUE(result.has_should_retry() && !result.should_retry());
  EXPECT_TRUE(absl::StrContains(result.error().message(), "larger than max"))
      << result.error().message();
  AdvanceUntil([](const HeardFromWorker& later) {
    return later.renewals.size() > 2 && later.renewals.back().lease_tokens_size() == 0;
  });
}

// A server whose bound was lowered meanwhile, for example.
TEST_F(WorkerTest, AnAnswerThatTheServerRefusesEndsTheJob) {
  StartWorker();
  queue_.SetReportStatus("a", v1::REPORT_STATUS_INVALID);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  const HeardFromWorker heard = AdvanceUntil(Results(3));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
  for (const int less : {1, 2}) {
    const v1::AttemptResult& result = heard.results[less];
    EXPECT_EQ(result.lease_token(), "a");
    EXPECT_EQ(result.outcome(), v1::OUTCOME_INVALID_RESPONSE);
    EXPECT_EQ(result.billed(), v1::BILLED_YES);
    EXPECT_EQ(result.response().body(), "");
    EXPECT_TRUE(result.has_should_retry());
    EXPECT_FALSE(result.should_retry()) << "another answer would be paid, and lost as well";
    ASSERT_EQ(result.error().details_size(), 1);
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(result.error().details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "ANSWER_NOT_TAKEN");
    EXPECT_TRUE(absl::StrContains(result.error().message(), "which the server does not take"));
  }
  EXPECT_EQ(heard.results[1].http_status(), 200);
  EXPECT_EQ(heard.results[1].response().model(), "m-2");
  EXPECT_EQ(heard.results[2].http_status(), 0) << "nothing is left that could be wrong";
  // That was enough.
  AdvanceUntil([](const HeardFromWorker& later) {
    return later.renewals.size() > 2 && later.renewals.back().lease_tokens_size() == 0;
  });
  EXPECT_EQ(queue_.heard().results.size(), 3u);
}

TEST_F(WorkerTest, ARefusedCallOfOneReportIsToldWithLess) {
  StartWorker();
  queue_.FailFinishes(1, absl::StatusCode::kInvalidArgument);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  const HeardFromWorker heard = AdvanceUntil(Results(2));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(heard.results[1].outcome(), v1::OUTCOME_INVALID_RESPONSE);
  AdvanceUntil([](const HeardFromWorker& later) {
    return later.renewals.size() > 2 && later.renewals.back().lease_tokens_size() == 0;
  });
  EXPECT_EQ(queue_.heard().results.size(), 2u);
}

TEST_F(WorkerTest, AnOverloadedServerGetsTheWholeAnswerInTheEnd) {
  StartWorker();
  queue_.FailFinishes(3, absl::StatusCode::kResourceExhausted);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  const HeardFromWorker heard = AdvanceUntil(Results(4));
  EXPECT_EQ(heard.results[3].outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(heard.results[3].response().body(), kAnswer);
}

TEST_F(WorkerTest, ReportsOutliveARestartOfTheServer) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.Stop();
  upstream_.Answer();
  while (!absl::StrContains(metrics_->Render(), "lull_worker_reports_pending 1")) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 20; ++i) clock_.Advance(absl::Seconds(1));
  queue_.Restart();
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
  AdvanceUntil(PollsWaiting(2));
  EXPECT_EQ(upstream_.server().requests().size(), 1u);
}

TEST_F(WorkerTest, AKeyIsNotSentToAnOriginThatIsNotItsOwn) {
  RawServer other([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(RawAnswer(200, kAnswer));
  });
  StartWorker();
  v1::LeasedJob job = Job("a");
  job.mutable_upstream()->set_base_url(absl::StrCat("http://127.0.0.1:", other.port()));
  queue_.AddJob(job);
  const HeardFromWorker heard = queue_.WaitUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_UNAUTHORIZED);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_NO);
  EXPECT_TRUE(absl::StrContains(heard.results[0].error().message(), "may not be sent to"));
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(WorkerTest, ARequestThatCannotBeMadeIsNoFaultOfTheUpstream) {
  StartWorker();
  v1::LeasedJob job = Job("a");
  job.mutable_request()->set_body("[]");
  queue_.AddJob(job);
  const HeardFromWorker heard = queue_.WaitUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_INVALID_REQUEST);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_NO);
  EXPECT_FALSE(heard.results[0].has_start_offset());
}

}  // namespace
}  // namespace lull
