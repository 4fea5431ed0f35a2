#include "tests/worker/busy_upstream.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tests/testing/process.h"
#include "worker/classify_answer.h"
#include "worker/credential_store.h"

namespace lull {
namespace {

constexpr size_t kPromptBytes = 300;

void SetMilliseconds(int64_t milliseconds, google::protobuf::Duration* to) {
  to->set_seconds(milliseconds / 1000);
  to->set_nanos(static_cast<int32_t>(milliseconds % 1000) * 1'000'000);
}

}  // namespace

BusyUpstream::BusyUpstream(Via via) {
  if (via == Via::kHttp2) nginx_ = std::make_unique<NginxFront>(busy_.port());
  v1::WorkerConfig config;
  v1::CredentialConfig& credential = *config.add_credentials();
  credential.set_name("main");
  credential.set_env("KEY");
  credential.add_origins(UrlFor("ok"));
  for (const std::string& origin : dead_ends_.key_origins()) credential.add_origins(origin);
  rules_.credentials = *CredentialStore::Load(config, [](const std::string&) { return kBusyKey; });
  HttpClientOptions options;
  options.ca_file = NewTestFolder("authorities") + "/ca.pem";
  std::ofstream(options.ca_file) << dead_ends_.ca_pem()
                                 << (nginx_ != nullptr ? nginx_->ca_pem() : "");
  client_ = *HttpClient::Start(options, SystemClock());
}

BusyUpstream::~BusyUpstream() {
  client_.reset();
  if (nginx_ == nullptr) return;
  const std::vector<NginxFront::Request> requests = nginx_->Stop();
  EXPECT_FALSE(requests.empty());
  for (const NginxFront::Request& request : requests) EXPECT_EQ(request.protocol, "HTTP/2.0");
}

std::string BusyUpstream::UrlFor(absl::string_view script) const {
  if (DeadEnds::Has(script)) return dead_ends_.OriginFor(script);
  return nginx_ != nullptr ? nginx_->url() : absl::StrCat("http://127.0.0.1:", busy_.port());
}

v1::LeasedJob BusyUpstream::JobFor(const Ask& ask) {
  v1::LeasedJob job;
  job.set_stream(ask.stream);
  job.mutable_upstream()->set_base_url(UrlFor(ask.script) + "/v1");
  job.mutable_upstream()->set_credential("main");
  (*job.mutable_upstream()->mutable_headers())["X-Busy-Script"] = ask.script;
  job.mutable_request()->set_method("POST");
  job.mutable_request()->set_path(ask.path);
  const std::string text = absl::StrCat(std::string(kPromptBytes, '.'), ++calls_);
  job.mutable_request()->set_body(
      absl::EndsWith(ask.path, "/embeddings")
          ? nlohmann::json({{"model", "test-model"}, {"input", text}}).dump()
          : BusyClient::ChatBody(text));
  // Real time passes, so those that a call waits for are short. The others a slow machine keeps,
  // too.
  const int64_t slowness = ask.runs_out_of_time ? 1 : 10;
  SetMilliseconds(5000, job.mutable_time_limits()->mutable_connect());
  SetMilliseconds(6000 * slowness, job.mutable_time_limits()->mutable_first_content());
  SetMilliseconds(2000 * slowness, job.mutable_time_limits()->mutable_between_content());
  SetMilliseconds(8000 * slowness, job.mutable_time_limits()->mutable_total());
  return job;
}

void BusyUpstream::AwaitReceived() {
  const std::string target = absl::StrCat("/busy/ledger?after=", ledger_next_);
  while (busy_.Get(target)["calls"].empty()) {
  }
}

BusyUpstream::Called BusyUpstream::Call(const Ask& ask) {
  absl::StatusOr<HttpCall> call = PlanCall(JobFor(ask), rules_);
  Called called;
  const int heard = dead_ends_.RequestsFor(ask.script);
  if (!call.ok()) {
    called.result =
        NotCalled(OutcomeOfRefusedPlan(call.status()), call.status().message(), Secret());
    return called;
  }
  const Secret key = call->bearer;
  std::promise<HttpAnswer> promise;
  const absl::Status begun = client_->Call(calls_, *std::move(call), [&promise](HttpAnswer answer) {
    promise.set_value(std::move(answer));
  });
  EXPECT_TRUE(begun.ok()) << begun;
  if (ask.cancel) {
    AwaitReceived();
    client_->Abort(calls_);
  }
  HttpAnswer answer = promise.get_future().get();
  // Only now: a time of day in the answer counts from when it has come.
  called.result = ClassifyAnswer(std::move(answer), ask.path, key, SystemClock().WallNow());
  const nlohmann::json ledger = busy_.Get(absl::StrCat("/busy/ledger?after=", ledger_next_));
  ledger_next_ = ledger["next"];
  called.requests =
      static_cast<int>(ledger["calls"].size()) + dead_ends_.RequestsFor(ask.script) - heard;
  if (!ledger["calls"].empty()) called.content_hash = ledger["calls"][0]["content_hash"];
  return called;
}

}  // namespace lull
