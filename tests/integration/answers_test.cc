// What becomes of a job for every row of the table of answers: the programs themselves, each row on
// an upstream of its own, whole and streamed, over HTTP/1.1 and HTTP/2. The first call of a row
// gets its answer, every later one an ordinary answer; when that call came is in busy_api's ledger.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
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
#include "tests/worker/answer_table.h"
#include "tests/worker/dead_ends.h"
#include "tests/worker/nginx_front.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr absl::Duration kSettleLimit = absl::Seconds(120);
// What a next call may be late beyond what the upstream asked for, on a machine with much to do.
constexpr absl::Duration kLateMax = absl::Seconds(20);

struct Way {
  bool streamed;
  bool http2;
};

// Those of the page, and those that mean harm.
const std::vector<AnswerRow>& Rows() {
  static const auto& rows = *new std::vector<AnswerRow>([] {
    std::vector<AnswerRow> all = AnswerTable();
    all.insert(all.end(), HostileTable().begin(), HostileTable().end());
    return all;
  }());
  return rows;
}

// Ends in a mark that no other row's has as its beginning.
std::string MarkOf(size_t row) { return absl::StrCat("ROW-", row, ";"); }

std::string Config(const std::string& url, const DeadEnds& dead_ends) {
  std::string config = R"(
classes:
  - name: standard
    backoff: {base: 20ms, cap: 20ms}
    time_limits: {connect: 5s, first_content: 6s, between_content: 2s, total: 8s}
  # A worker hears that a job is cancelled when it renews its lease.
  - name: patient
    time_limits: {first_content: 100s, total: 100s}
)";
  std::string upstreams = "upstreams:\n";
  std::string groups = "route_groups:\n";
  for (size_t i = 0; i < Rows().size(); ++i) {
    const std::string script = Rows()[i].script;
    absl::StrAppend(&upstreams, "  - {name: u", i, ", base_url: \"",
                    DeadEnds::Has(script) ? dead_ends.OriginFor(script) : url,
                    "/v1\", credential: key",
                    script == kPlainOrigin ? ", allow_plain_http: true" : "", "}\n");
    absl::StrAppend(&groups, "  - {name: g", i, ", models: [m", i, "], upstreams: [{upstream: u", i,
                    "}]}\n");
  }
  return absl::StrCat(config, upstreams, groups);
}

std::string ReasonOf(const google::rpc::Status& error) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : error.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

std::string FailureReason(v1::Outcome outcome) {
  if (outcome == v1::OUTCOME_CONTEXT_OVERFLOW) return "CONTEXT_OVERFLOW";
  return outcome == v1::OUTCOME_INVALID_REQUEST ? "INVALID_REQUEST" : "PROVIDER_REFUSED_RETRY";
}

absl::Duration ToDuration(const google::protobuf::Duration& from) {
  return absl::Seconds(from.seconds()) + absl::Nanoseconds(from.nanos());
}

class AnswersTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (GetParam().http2 && !NginxFront::IsInstalled()) {
      GTEST_SKIP() << "nginx is missing: HTTP/2 is not tested";
    }
    busy_ = std::make_unique<BusyProcess>(
        std::vector<std::string>{"--slots=1000", "--latency-ms=0", "--token-ms=0"});
    std::string url = busy_->url();
    WorkerOptions options;
    options.max_in_flight = 200;
    if (GetParam().http2) {
      nginx_ = std::make_unique<NginxFront>(busy_->port());
      url = nginx_->url();
      options.config = absl::StrCat("upstream_ca_file: \"", nginx_->ca_file(), "\"\n");
    }
    options.origins = dead_ends_.key_origins();
    options.origins.push_back(url);
    server_ = std::make_unique<ServerProcess>(Config(url, dead_ends_));
    server_->Start();
    worker_ = std::make_unique<WorkerProcess>(*server_, options);
    worker_->Start();
    driver_ = std::make_unique<JobDriver>(server_->address());
  }

  // All rows at once.
  void Submit() {
    for (size_t i = 0; i < Rows().size(); ++i) {
      const AnswerRow& row = Rows()[i];
      const json script = json::parse(row.script, nullptr, /*allow_exceptions=*/false);
      const json first = script.is_discarded() ? json(row.script) : script;
      if (!DeadEnds::Has(row.script)) {
        busy_->AddRule(
            json{{"match", {{"contains", MarkOf(i)}}}, {"answers", {first, "ok"}}}.dump());
      }
      json body = {{"model", absl::StrCat("m", i)}};
      if (std::string(row.path) == kEmbeddingsPath) {
        body["input"] = MarkOf(i);
      } else {
        body["stream"] = GetParam().streamed;
        body["messages"] = {{{"role", "user"}, {"content", MarkOf(i)}}};
      }
      ids_.push_back(driver_->SubmitOne(row.then == Then::kCancelled ? "patient" : "standard",
                                        [&](v1::Job* job) {
                                          job->mutable_request()->set_path(row.path);
                                          job->mutable_request()->set_body(body.dump());
                                        }));
    }
  }

  // Those that the user cancels, once their calls are under way.
  void CancelRunning() {
    for (size_t i = 0; i < Rows().size(); ++i) {
      if (Rows()[i].then != Then::kCancelled) continue;
      PollUntil(kSettleLimit, [&] { return !CallsOf(busy_->Ledger(), {ids_[i]}).empty(); });
      const auto job = driver_->client().CancelJob(ids_[i]);
      ASSERT_TRUE(job.ok()) << job.status();
      EXPECT_EQ(v1::JobState_Name(job->state()), "JOB_STATE_CANCELLING");
    }
  }

  static bool IsSettled(const v1::Job& job, const AnswerRow& row) {
    if (job.state() > v1::JOB_STATE_CANCELLING) return true;
    const bool waits = row.then == Then::kOperator || row.then == Then::kReset;
    return waits && job.state() == v1::JOB_STATE_PENDING && job.attempts_size() > 0;
  }

  std::vector<v1::Job> AwaitSettled() {
    std::vector<v1::Job> jobs;
    PollUntil(
        kSettleLimit,
        [&] {
          jobs = driver_->GetAll(ids_, v1::JOB_VIEW_FULL);
          for (size_t i = 0; i < jobs.size(); ++i) {
            if (!IsSettled(jobs[i], Rows()[i])) return false;
          }
          return true;
        },
        absl::Milliseconds(250));
    return jobs;
  }

  AnswerEnd Expected(const AnswerRow& row) const {
    if (GetParam().http2 && row.gateway) return *row.gateway;
    return GetParam().streamed ? row.streamed : row.plain;
  }

  void Check(const AnswerRow& row, const v1::Job& job, const std::vector<LedgerCall>& calls) {
    SCOPED_TRACE(absl::StrCat(row.name, ": ", job.ShortDebugString()));
    const AnswerEnd expected = Expected(row);
    ASSERT_GE(job.attempts_size(), 1);
    const v1::Attempt& first = job.attempts(0);
    EXPECT_EQ(v1::Outcome_Name(first.outcome()), v1::Outcome_Name(expected.outcome));
    EXPECT_EQ(v1::Billed_Name(first.billed()), v1::Billed_Name(expected.billed));
    if (!(GetParam().http2 && row.gateway)) {
      EXPECT_TRUE(absl::StrContains(first.error().message(), row.error));
    }
    EXPECT_FALSE(absl::StrContains(job.DebugString(), "key-of-the-integration-tests"));
    const bool again = row.then == Then::kAgain || row.then == Then::kAgainCounted;
    const bool dead_end = DeadEnds::Has(row.script);
    if (dead_end && again) return CheckNeverConnected(job);
    EXPECT_EQ(job.attempts_size(), again ? 2 : 1);
    ASSERT_EQ(calls.size(), dead_end ? 0u : static_cast<size_t>(job.attempts_size()))
        << "one request per attempt";
    switch (row.then) {
      case Then::kDone:
        EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
        EXPECT_EQ(first.finish_reason(), row.finish_reason);
        CheckUsage(row, job);
        break;
      case Then::kAgain:
      case Then::kAgainCounted:
        EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
        EXPECT_EQ(job.attempts(1).outcome(), v1::OUTCOME_SUCCEEDED);
        EXPECT_EQ(job.attempt_count(), row.then == Then::kAgain ? 0 : 1);
        CheckDelay(row, calls[0], calls[1]);
        break;
      case Then::kFails:
        EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
        EXPECT_EQ(ReasonOf(job.error()), FailureReason(expected.outcome));
        EXPECT_TRUE(absl::StrContains(job.error().message(), row.error)) << job.error().message();
        break;
      case Then::kOperator:
        EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
        EXPECT_EQ(job.pending_reason(), v1::PENDING_REASON_NO_UPSTREAM);
        EXPECT_EQ(job.attempt_count(), 0);
        break;
      case Then::kCancelled:
        EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
        EXPECT_EQ(ReasonOf(job.error()), "CANCELLED");
        EXPECT_EQ(job.attempt_count(), 0);
        EXPECT_EQ(calls[0].outcome, "client_gone");
        break;
      case Then::kReset:
        EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
        EXPECT_EQ(job.attempt_count(), 0);
        EXPECT_GE(ToDuration(first.retry_delay()), absl::Seconds(45));
        break;
    }
  }

  // Of the attempt and of the job.
  void CheckUsage(const AnswerRow& row, const v1::Job& job) {
    EXPECT_EQ(job.attempts(0).has_usage(), std::string(row.script) != "no_usage");
    if (!row.usage) return;
    for (const v1::Usage& usage : {job.attempts(0).usage(), job.usage()}) {
      EXPECT_GT(usage.prompt_tokens(), row.usage->cached);
      EXPECT_EQ(usage.cached_prompt_tokens(), row.usage->cached);
      EXPECT_EQ(usage.completion_tokens(), row.usage->completion);
      EXPECT_EQ(usage.reasoning_tokens(), row.usage->reasoning);
    }
  }

  void CheckNeverConnected(const v1::Job& job) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
    EXPECT_EQ(ReasonOf(job.error()), "ATTEMPTS_EXHAUSTED");
    EXPECT_EQ(job.attempts_size(), 3);
    for (const v1::Attempt& attempt : job.attempts()) EXPECT_EQ(attempt.billed(), v1::BILLED_NO);
  }

  void CheckDelay(const AnswerRow& row, const LedgerCall& refused, const LedgerCall& next) {
    ASSERT_TRUE(refused.ended.has_value());
    const bool hinted = row.retry_after < absl::InfiniteDuration();
    const absl::Duration asked = hinted ? row.retry_after : absl::ZeroDuration();
    const absl::Duration waited = next.received - *refused.ended;
    // A time of day has whole seconds.
    const bool is_time = absl::StrContains(row.script, "_date") ||
                         absl::StrContains(row.script, "anthropic") ||
                         absl::StrContains(row.script, "epoch");
    // And of a call that the worker broke off, the upstream may hear after the server.
    const bool early = is_time || refused.outcome == "client_gone";
    EXPECT_GE(waited, asked - (early ? absl::Seconds(1) : absl::ZeroDuration()));
    EXPECT_LT(waited, asked + kLateMax);
    if (hinted) {
      std::printf("%-34s asked for %s, the next call came after %s\n", row.name,
                  absl::FormatDuration(asked).c_str(), absl::FormatDuration(waited).c_str());
    }
  }

  DeadEnds dead_ends_;
  std::unique_ptr<BusyProcess> busy_;
  std::unique_ptr<NginxFront> nginx_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<JobDriver> driver_;
  std::vector<std::string> ids_;
};

TEST_P(AnswersTest, EveryRowEndsAsThePageSays) {
  ASSERT_FALSE(HasFailure());
  Submit();
  ASSERT_FALSE(HasFailure());
  CancelRunning();
  const std::vector<v1::Job> jobs = AwaitSettled();
  ASSERT_EQ(jobs.size(), Rows().size());
  const std::vector<LedgerCall> calls = busy_->Ledger();
  size_t of_rows = 0;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const std::vector<LedgerCall> own = CallsOf(calls, {ids_[i]});
    of_rows += own.size();
    Check(Rows()[i], jobs[i], own);
  }
  EXPECT_EQ(calls.size(), of_rows) << "every call belongs to a row";
  std::printf("%d rows, %d calls\n", static_cast<int>(jobs.size()), static_cast<int>(calls.size()));
  if (nginx_ == nullptr) return;
  const std::vector<NginxFront::Request> requests = nginx_->Stop();
  EXPECT_GE(requests.size(), calls.size());
  for (const NginxFront::Request& request : requests) EXPECT_EQ(request.protocol, "HTTP/2.0");
}

INSTANTIATE_TEST_SUITE_P(Ways, AnswersTest,
                         testing::Values(Way{false, false}, Way{true, false}, Way{false, true},
                                         Way{true, true}),
                         [](const testing::TestParamInfo<Way>& info) {
                           return absl::StrCat(info.param.streamed ? "Streamed" : "Whole",
                                               info.param.http2 ? "Http2" : "Http11");
                         });

}  // namespace
}  // namespace lull
