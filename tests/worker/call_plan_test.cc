#include "worker/call_plan.h"

#include <gtest/gtest.h>

#include <string>

namespace lull {
namespace {

CallRules Rules() {
  v1::WorkerConfig config;
  v1::CredentialConfig& credential = *config.add_credentials();
  credential.set_name("main");
  credential.set_env("KEY");
  credential.add_origins("https://api.example.com");
  credential.add_origins("http://10.0.0.5:8000");
  CallRules rules;
  rules.credentials = *CredentialStore::Load(config, [](const std::string&) { return "k-1"; });
  rules.plain_origins = {"http://10.0.0.5:8000"};
  return rules;
}

v1::LeasedJob Job() {
  v1::LeasedJob job;
  job.mutable_upstream()->set_base_url("https://api.example.com/v1/");
  job.mutable_upstream()->set_credential("main");
  job.mutable_request()->set_method("POST");
  job.mutable_request()->set_path("/v1/chat/completions");
  job.mutable_request()->set_body(R"({"model":"a","stream":true})");
  return job;
}

TEST(CallPlanTest, SaysWhatIsSentAndWhereTo) {
  v1::LeasedJob job = Job();
  job.mutable_upstream()->set_model("b");
  (*job.mutable_upstream()->mutable_headers())["X-Team"] = "blue";
  job.set_request_id_header("j/1");
  job.set_max_response_bytes(123);
  job.mutable_time_limits()->mutable_connect()->set_seconds(1);
  job.mutable_time_limits()->mutable_first_content()->set_seconds(2);
  job.mutable_time_limits()->mutable_between_content()->set_seconds(3);
  job.mutable_time_limits()->mutable_total()->set_nanos(4);
  const absl::StatusOr<HttpCall> call = PlanCall(job, Rules());
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->url, "https://api.example.com/v1/chat/completions");
  EXPECT_EQ(call->bearer.Reveal(), "k-1");
  EXPECT_EQ(call->body, R"({"model":"b","stream":false})");
  EXPECT_EQ(*call->headers.Find("content-type"), "application/json");
  EXPECT_EQ(*call->headers.Find("x-team"), "blue");
  EXPECT_EQ(*call->headers.Find("x-request-id"), "j/1");
  EXPECT_EQ(call->response_bytes_max, 123);
  EXPECT_EQ(call->time_limits.connect, absl::Seconds(1));
  EXPECT_EQ(call->time_limits.first_content, absl::Seconds(2));
  EXPECT_EQ(call->time_limits.between_content, absl::Seconds(3));
  EXPECT_EQ(call->time_limits.total, absl::Nanoseconds(4));
  EXPECT_FALSE(call->plain_http_allowed);
  EXPECT_FALSE(call->direct);
}

TEST(CallPlanTest, AStreamIsAskedForWithItsUsage) {
  v1::LeasedJob job = Job();
  job.set_stream(true);
  const absl::StatusOr<HttpCall> call = PlanCall(job, Rules());
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->body, R"({"stream_options":{"include_usage":true},"model":"a","stream":true})");
  EXPECT_EQ(*call->headers.Find("accept"), "text/event-stream");
  job.mutable_request()->set_path("/v1/embeddings");
  const absl::StatusOr<HttpCall> plain = PlanCall(job, Rules());
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->body, R"({"model":"a","stream":false})");
}

TEST(CallPlanTest, NoLimitIsForEver) {
  const absl::StatusOr<HttpCall> call = PlanCall(Job(), Rules());
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->time_limits.connect, absl::Seconds(10));
  EXPECT_EQ(call->time_limits.first_content, absl::Minutes(10));
  EXPECT_EQ(call->time_limits.between_content, absl::Minutes(2));
  EXPECT_EQ(call->time_limits.total, absl::Minutes(30));
  EXPECT_EQ(call->response_bytes_max, 16 << 20);
}

TEST(CallPlanTest, LoopbackNeedsNoTlsAndNoProxy) {
  v1::LeasedJob job = Job();
  job.mutable_upstream()->set_base_url("http://127.0.0.1:8000");
  job.mutable_upstream()->clear_credential();
  const absl::StatusOr<HttpCall> call = PlanCall(job, Rules());
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_TRUE(call->plain_http_allowed);
  EXPECT_TRUE(call->direct);
  EXPECT_TRUE(call->bearer.empty());
}

TEST(CallPlanTest, AnAllowedPlainOriginNeedsNoTls) {
  v1::LeasedJob job = Job();
  job.mutable_upstream()->set_base_url("http://10.0.0.5:8000/v1");
  const absl::StatusOr<HttpCall> call = PlanCall(job, Rules());
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_TRUE(call->plain_http_allowed);
  EXPECT_FALSE(call->direct);
  EXPECT_EQ(call->bearer.Reveal(), "k-1");
}

struct RefusedRow {
  const char* what;
  void (*change)(v1::LeasedJob&);
  absl::StatusCode code;
  v1::Outcome outcome;
};

TEST(CallPlanTest, WhatIsRefusedSaysWhoseFaultItIs) {
  const RefusedRow rows[] = {
      {"method", [](v1::LeasedJob& job) { job.mutable_request()->set_method("GET"); },
       absl::StatusCode::kInvalidArgument, v1::OUTCOME_INVALID_REQUEST},
      {"path", [](v1::LeasedJob& job) { job.mutable_request()->set_path("//evil.example/"); },
       absl::StatusCode::kInvalidArgument, v1::OUTCOME_INVALID_REQUEST},
      {"body", [](v1::LeasedJob& job) { job.mutable_request()->set_body(""); },
       absl::StatusCode::kInvalidArgument, v1::OUTCOME_INVALID_REQUEST},
      {"base URL", [](v1::LeasedJob& job) { job.mutable_upstream()->set_base_url("ftp://h"); },
       absl::StatusCode::kFailedPrecondition, v1::OUTCOME_UNAUTHORIZED},
      {"no TLS",
       [](v1::LeasedJob& job) { job.mutable_upstream()->set_base_url("http://api.example.com"); },
       absl::StatusCode::kFailedPrecondition, v1::OUTCOME_UNAUTHORIZED},
      {"unknown credential",
       [](v1::LeasedJob& job) { job.mutable_upstream()->set_credential("other"); },
       absl::StatusCode::kNotFound, v1::OUTCOME_UNAUTHORIZED},
      {"another origin",
       [](v1::LeasedJob& job) {
         job.mutable_upstream()->set_base_url("https://api.example.com:8443/v1");
       },
       absl::StatusCode::kPermissionDenied, v1::OUTCOME_UNAUTHORIZED},
  };
  for (const RefusedRow& row : rows) {
    v1::LeasedJob job = Job();
    row.change(job);
    const absl::Status status = PlanCall(job, Rules()).status();
    EXPECT_EQ(status.code(), row.code) << row.what << ": " << status;
    EXPECT_EQ(OutcomeOfRefusedPlan(status), row.outcome) << row.what;
  }
}

}  // namespace
}  // namespace lull
