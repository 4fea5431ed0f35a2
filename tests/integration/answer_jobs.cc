#include "tests/integration/answer_jobs.h"

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/poll.h"
#include "tests/testing/process.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr absl::Duration kSettleLimit = absl::Seconds(150);

// Ends in a mark that no other row's has as its beginning.
std::string MarkOf(size_t row) { return absl::StrCat("ROW-", row, ";"); }

std::string Config(const std::vector<AnswerRow>& rows, const std::string& url,
                   const DeadEnds& dead_ends, const std::string& backoff) {
  std::string upstreams = "upstreams:\n";
  std::string groups = "route_groups:\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string script = rows[i].script;
    absl::StrAppend(&upstreams, "  - {name: u", i, ", base_url: \"",
                    DeadEnds::Has(script) ? dead_ends.OriginFor(script) : url,
                    "/v1\", credential: key",
                    script == kPlainOrigin ? ", allow_plain_http: true" : "", "}\n");
    absl::StrAppend(&groups, "  - {name: g", i, ", models: [m", i, "], upstreams: [{upstream: u", i,
                    "}]}\n");
  }
  return absl::StrCat(R"(
classes:
  - name: standard
    backoff: )",
                      backoff, R"(
    time_limits: {connect: 5s, first_content: 6s, between_content: 2s, total: 8s}
  # A worker hears that a job is cancelled when it renews its lease.
  - name: patient
    time_limits: {first_content: 100s, total: 100s}
)",
                      upstreams, groups);
}

std::string RuleOf(const AnswerRow& row, const std::string& mark) {
  const json script = json::parse(row.script, nullptr, /*allow_exceptions=*/false);
  const json first = script.is_discarded() ? json(row.script) : script;
  json rule = {{"match", {{"contains", mark}}}};
  if (row.then == Then::kOperator) {
    rule["answers"] = json::array({first});
    rule["repeat"] = true;
  } else {
    rule["answers"] = json::array({first, "ok"});
  }
  return rule.dump();
}

std::string BodyOf(const AnswerRow& row, size_t number, bool streamed) {
  json body = {{"model", absl::StrCat("m", number)}};
  if (std::string(row.path) == kEmbeddingsPath) {
    body["input"] = MarkOf(number);
  } else {
    body["stream"] = streamed;
    body["messages"] = {{{"role", "user"}, {"content", MarkOf(number)}}};
  }
  return body.dump();
}

}  // namespace

AnswerJobs::AnswerJobs(Way way, std::vector<AnswerRow> rows, const std::string& backoff)
    : way_(way), rows_(std::move(rows)) {
  busy_ = std::make_unique<BusyProcess>(
      std::vector<std::string>{"--slots=1000", "--latency-ms=0", "--token-ms=0"});
  std::string url = busy_->url();
  WorkerOptions options;
  options.max_in_flight = 200;
  if (way_.http2) {
    nginx_ = std::make_unique<NginxFront>(busy_->port());
    url = nginx_->url();
  }
  const std::string ca_file = NewTestFolder("authorities") + "/ca.pem";
  std::ofstream(ca_file) << dead_ends_.ca_pem() << (nginx_ != nullptr ? nginx_->ca_pem() : "");
  options.config = absl::StrCat("upstream_ca_file: \"", ca_file, "\"\n");
  options.origins = dead_ends_.key_origins();
  options.origins.push_back(url);
  server_ = std::make_unique<ServerProcess>(Config(rows_, url, dead_ends_, backoff));
  server_->Start();
  worker_ = std::make_unique<WorkerProcess>(*server_, options);
  worker_->Start();
  driver_ = std::make_unique<JobDriver>(server_->address());
}

AnswerEnd AnswerJobs::ExpectedOf(size_t row) const {
  if (ByGateway(row)) return *rows_[row].gateway;
  return way_.streamed ? rows_[row].streamed : rows_[row].plain;
}

void AnswerJobs::Submit(size_t row) {
  const bool is_cancelled = rows_[row].then == Then::kCancelled;
  if (!DeadEnds::Has(rows_[row].script)) busy_->AddRule(RuleOf(rows_[row], MarkOf(row)));
  submitted_.push_back(row);
  ids_.push_back(driver_->SubmitOne(is_cancelled ? "patient" : "standard", [&](v1::Job* job) {
    job->mutable_request()->set_path(rows_[row].path);
    job->mutable_request()->set_body(BodyOf(rows_[row], row, way_.streamed));
  }));
  if (!is_cancelled) return;
  EXPECT_TRUE(
      PollUntil(kSettleLimit, [&] { return !CallsOf(busy_->Ledger(), {ids_.back()}).empty(); }));
  const auto job = driver_->client().CancelJob(ids_.back());
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(v1::JobState_Name(job->state()), "JOB_STATE_CANCELLING");
}

bool AnswerJobs::IsSettled(const v1::Job& job, const AnswerRow& row) const {
  const bool is_pending = job.state() == v1::JOB_STATE_PENDING && job.attempts_size() > 0;
  if (row.then == Then::kOperator) {
    return is_pending && job.pending_reason() == v1::PENDING_REASON_NO_UPSTREAM;
  }
  if (row.then == Then::kReset && row.retry_after == absl::ZeroDuration()) return is_pending;
  return job.state() > v1::JOB_STATE_CANCELLING;
}

void AnswerJobs::AwaitSettled() {
  std::string waiting;
  const bool settled = PollUntil(
      kSettleLimit,
      [&] {
        const std::vector<v1::Job> jobs = driver_->GetAll(ids_, v1::JOB_VIEW_FULL);
        for (size_t i = 0; i < jobs.size(); ++i) {
          if (IsSettled(jobs[i], rows_[submitted_[i]])) continue;
          waiting = absl::StrCat(rows_[submitted_[i]].name, ": ", jobs[i].ShortDebugString());
          return false;
        }
        return jobs.size() == ids_.size();
      },
      absl::Milliseconds(250));
  EXPECT_TRUE(settled) << waiting;
}

AnswerJobs::Ended AnswerJobs::StopAndAsk() {
  worker_->Stop();
  Ended ended;
  ended.jobs.resize(rows_.size());
  ended.calls.resize(rows_.size());
  const std::vector<v1::Job> jobs = driver_->GetAll(ids_, v1::JOB_VIEW_FULL);
  const std::vector<LedgerCall> calls = busy_->Ledger();
  ended.calls_in_all = calls.size();
  for (size_t i = 0; i < jobs.size(); ++i) {
    ended.jobs[submitted_[i]] = jobs[i];
    ended.calls[submitted_[i]] = CallsOf(calls, {ids_[i]});
  }
  if (nginx_ == nullptr) return ended;
  const std::vector<NginxFront::Request> requests = nginx_->Stop();
  EXPECT_GE(requests.size(), calls.size());
  for (const NginxFront::Request& request : requests) EXPECT_EQ(request.protocol, "HTTP/2.0");
  return ended;
}

}  // namespace lull
