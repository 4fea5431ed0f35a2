#include "tests/worker/busy_upstream.h"

#include <gtest/gtest.h>

#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "worker/classify_answer.h"
#include "worker/credential_store.h"

namespace lull {
namespace {

constexpr char kPath[] = "/v1/chat/completions";

void SetMilliseconds(int64_t milliseconds, google::protobuf::Duration* to) {
  to->set_seconds(milliseconds / 1000);
  to->set_nanos(static_cast<int32_t>(milliseconds % 1000) * 1'000'000);
}

}  // namespace

BusyUpstream::BusyUpstream() {
  v1::WorkerConfig config;
  v1::CredentialConfig& credential = *config.add_credentials();
  credential.set_name("main");
  credential.set_env("KEY");
  credential.add_origins(absl::StrCat("http://127.0.0.1:", busy_.port()));
  rules_.credentials = *CredentialStore::Load(config, [](const std::string&) { return kBusyKey; });
  client_ = *HttpClient::Start({}, SystemClock());
}

BusyUpstream::Called BusyUpstream::Call(absl::string_view script, bool stream,
                                        absl::Duration total) {
  v1::LeasedJob job;
  job.set_stream(stream);
  job.mutable_upstream()->set_base_url(absl::StrCat("http://127.0.0.1:", busy_.port(), "/v1"));
  job.mutable_upstream()->set_credential("main");
  (*job.mutable_upstream()->mutable_headers())["X-Busy-Script"] = std::string(script);
  job.mutable_request()->set_method("POST");
  job.mutable_request()->set_path(kPath);
  job.mutable_request()->set_body(BusyClient::ChatBody(absl::StrCat("hello ", ++calls_)));
  // Real time passes, so they are short; a machine under load still answers within them.
  SetMilliseconds(5000, job.mutable_time_limits()->mutable_connect());
  SetMilliseconds(2500, job.mutable_time_limits()->mutable_first_content());
  SetMilliseconds(1000, job.mutable_time_limits()->mutable_between_content());
  SetMilliseconds(absl::ToInt64Milliseconds(total), job.mutable_time_limits()->mutable_total());

  absl::StatusOr<HttpCall> call = PlanCall(job, rules_);
  EXPECT_TRUE(call.ok()) << call.status();
  const Secret key = call->bearer;
  std::promise<HttpAnswer> promise;
  const absl::Status begun = client_->Call(calls_, *std::move(call), [&promise](HttpAnswer answer) {
    promise.set_value(std::move(answer));
  });
  EXPECT_TRUE(begun.ok()) << begun;
  Called called;
  called.result = ClassifyAnswer(promise.get_future().get(), kPath, key, SystemClock().WallNow());
  const nlohmann::json ledger = busy_.Get(absl::StrCat("/busy/ledger?after=", ledger_next_));
  ledger_next_ = ledger["next"];
  called.requests = static_cast<int>(ledger["calls"].size());
  if (called.requests > 0) called.content_hash = ledger["calls"][0]["content_hash"];
  return called;
}

}  // namespace lull
