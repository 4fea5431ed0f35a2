// Calls whose answer did not become their job's, from the provider to the server's record: the
// worker is stopped, the answer breaks off behind its usage, the server does not take it.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr absl::Duration kLimit = absl::Seconds(90);

std::string Config(const BusyProcess& busy, absl::string_view more = "") {
  return absl::StrCat(more, R"(
drain_grace: 1s
classes:
  - {name: again, backoff: {base: 10ms, cap: 10ms}}
  - {name: once, on_unknown: fail}
upstreams:
  - {name: busy, base_url: ")",
                      busy.base_url(), R"(", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: busy}]}
)");
}

std::string ReasonOf(const v1::Job& job) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : job.error().details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

class LostAnswersTest : public testing::Test {
 protected:
  LostAnswersTest() : busy_({"--slots=100", "--latency-ms=0"}), server_(Config(busy_)) {
    server_.Start();
    driver_ = std::make_unique<JobDriver>(server_.address());
    StartWorker("first", "drain_grace: 1s\n");
  }

  void StartWorker(const std::string& id, const std::string& config) {
    WorkerOptions options;
    options.id = id;
    options.origins = {busy_.url()};
    options.config = config;
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
  }

  // Its first call is answered as `script` says, every other one ordinarily.
  std::string Submit(const std::string& class_name, const json& script, bool stream = false) {
    const std::string mark = absl::StrCat("job ", ++submitted_, ";");
    busy_.AddRule(
        json{{"match", {{"contains", mark}}}, {"answers", json::array({script, "ok"})}}.dump());
    const json body = {
        {"model", "m"}, {"stream", stream}, {"messages", {{{"role", "user"}, {"content", mark}}}}};
    return driver_->SubmitOne(class_name,
                              [&](v1::Job* job) { job->mutable_request()->set_body(body.dump()); });
  }

  v1::Job GetInFull(const std::string& id) {
    return driver_->GetAll({id}, v1::JOB_VIEW_FULL).front();
  }

  v1::Job AwaitEnd(const std::string& id) {
    v1::Job job;
    EXPECT_TRUE(PollUntil(kLimit, [&] {
      job = GetInFull(id);
      return job.state() > v1::JOB_STATE_CANCELLING;
    })) << job.ShortDebugString();
    return job;
  }

  void AwaitCalls(const std::vector<std::string>& ids) {
    EXPECT_TRUE(
        PollUntil(kLimit, [&] { return CallsOf(busy_.Ledger(), ids).size() == ids.size(); }));
  }

  BusyProcess busy_;
  ServerProcess server_;
  std::unique_ptr<JobDriver> driver_;
  std::unique_ptr<WorkerProcess> worker_;
  int submitted_ = 0;
};

TEST_F(LostAnswersTest, CallsThatAStoppedWorkerBreaksOffGoOnByTheirClass) {
  ASSERT_FALSE(HasFailure());
  const std::string again = Submit("again", "never");
  const std::string once = Submit("once", "never");
  AwaitCalls({again, once});
  worker_->Stop();  // in order, though its calls would go on
  ASSERT_FALSE(HasFailure());
  for (const std::string& id : {again, once}) {
    const v1::Job job = GetInFull(id);
    SCOPED_TRACE(job.ShortDebugString());
    ASSERT_EQ(job.attempts_size(), 1);
    EXPECT_EQ(job.attempts(0).outcome(), v1::OUTCOME_CANCELLED);
    EXPECT_EQ(job.attempts(0).billed(), v1::BILLED_MAYBE);
    EXPECT_TRUE(absl::StrContains(job.attempts(0).error().message(), "the worker was stopped"));
    EXPECT_EQ(job.attempt_count(), 0);
    EXPECT_EQ(job.state(), id == again ? v1::JOB_STATE_PENDING : v1::JOB_STATE_FAILED);
    EXPECT_EQ(ReasonOf(job), id == again ? "" : "OUTCOME_UNKNOWN");
  }
  StartWorker("second", "");
  const v1::Job job = AwaitEnd(again);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(job.attempts_size(), 2);
  const std::vector<LedgerCall> calls = CallsOf(busy_.Ledger(), {again});
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].outcome, "client_gone");
  EXPECT_EQ(CallsOf(busy_.Ledger(), {once}).size(), 1u);
}

TEST_F(LostAnswersTest, TheUsageOfAnAnswerThatBreaksOffBehindItIsInTheRecord) {
  ASSERT_FALSE(HasFailure());
  const json cut = {{"preset", "usage_openai"},
                    {"omit_done", true},
                    {"end", "close"},
                    {"content_length_extra", 10}};
  for (const bool stream : {false, true}) {
    const std::string id = Submit("again", cut, stream);
    const v1::Job job = AwaitEnd(id);
    SCOPED_TRACE(job.ShortDebugString());
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
    ASSERT_EQ(job.attempts_size(), 2);
    const v1::Attempt& broken = job.attempts(0);
    EXPECT_EQ(broken.outcome(), v1::OUTCOME_TRUNCATED);
    EXPECT_EQ(broken.billed(), v1::BILLED_MAYBE);
    EXPECT_EQ(broken.usage().completion_tokens(), 27);
    EXPECT_EQ(broken.usage().reasoning_tokens(), 7);
    EXPECT_GT(broken.usage().prompt_tokens(), 0);
    EXPECT_EQ(job.usage().completion_tokens(), 27 + job.attempts(1).usage().completion_tokens());
    EXPECT_EQ(CallsOf(busy_.Ledger(), {id}).size(), 2u);
  }
}

// The server's bound was lowered while the call was under way.
TEST_F(LostAnswersTest, AnAnswerThatTheServerDoesNotTakeIsPaidForAndEndsItsJob) {
  ASSERT_FALSE(HasFailure());
  const std::string id = Submit("again", {{"head_wait_s", 5}});
  AwaitCalls({id});
  server_.Stop();
  server_.SetConfig(Config(busy_, "limits: {max_response_body_bytes: 100}"));
  server_.Start();
  ASSERT_FALSE(HasFailure());
  const v1::Job job = AwaitEnd(id);
  SCOPED_TRACE(job.ShortDebugString());
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(ReasonOf(job), "ANSWER_NOT_TAKEN");
  EXPECT_TRUE(absl::StrContains(job.error().message(), "100 are allowed"));
  ASSERT_EQ(job.attempts_size(), 1);
  EXPECT_EQ(job.attempts(0).outcome(), v1::OUTCOME_INVALID_RESPONSE);
  EXPECT_EQ(job.attempts(0).billed(), v1::BILLED_YES);
  EXPECT_GT(job.attempts(0).usage().completion_tokens(), 0);
  const std::vector<LedgerCall> calls = CallsOf(busy_.Ledger(), {id});
  ASSERT_EQ(calls.size(), 1u) << "it is not paid for twice";
  EXPECT_EQ(calls[0].outcome, "answered");
}

}  // namespace
}  // namespace lull
