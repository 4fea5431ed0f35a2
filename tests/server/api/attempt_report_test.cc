#include "server/api/attempt_report.h"

#include <string>

#include "absl/strings/match.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr int64_t kMaxBody = 1000;
const LeaseToken kToken{5, 6, 7};

v1::AttemptResult GoodResult() {
  v1::AttemptResult result;
  result.set_lease_token(kToken.ToString());
  result.set_outcome(v1::OUTCOME_SUCCEEDED);
  result.set_billed(v1::BILLED_YES);
  result.set_http_status(200);
  v1::AttemptResponse& response = *result.mutable_response();
  response.set_body("{\"ok\":1}");
  response.set_finish_reason("stop");
  response.set_model("m-1");
  (*response.mutable_headers())["content-type"] = "application/json";
  (*response.mutable_headers())["x-request-id"] = "req-9";
  result.mutable_usage()->set_prompt_tokens(10);
  result.mutable_usage()->set_cached_prompt_tokens(4);
  result.mutable_usage()->set_completion_tokens(20);
  result.mutable_usage()->set_reasoning_tokens(5);
  result.mutable_time_to_first_content()->set_nanos(5'000'000);
  return result;
}

TEST(AttemptReport, TakesAnAnswerWhole) {
  const auto report = ToAttemptReport(GoodResult(), kMaxBody);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->token, kToken);
  EXPECT_EQ(report->outcome, Outcome::kSucceeded);
  EXPECT_EQ(report->billed, Billed::kYes);
  EXPECT_EQ(report->http_status, 200);
  EXPECT_EQ(*report->response, "{\"ok\":1}");
  EXPECT_EQ(report->content_type, "application/json");
  EXPECT_EQ(report->finish_reason, "stop");
  EXPECT_EQ(report->response_model, "m-1");
  EXPECT_EQ(report->upstream_request_id, "req-9");
  EXPECT_EQ(report->usage, (Usage{10, 4, 20, 5}));
  EXPECT_EQ(report->time_to_first_content, absl::Milliseconds(5));
  EXPECT_FALSE(report->retry_after || report->should_retry || report->concurrency_cap);
}

TEST(AttemptReport, TakesARefusalWithItsHints) {
  v1::AttemptResult result;
  result.set_lease_token(kToken.ToString());
  result.set_outcome(v1::OUTCOME_RATE_LIMITED);
  result.set_billed(v1::BILLED_NO);
  result.set_http_status(429);
  result.mutable_response()->set_body("not kept");
  result.mutable_error()->set_code(8);
  result.mutable_error()->set_message(std::string(1023, 'x') + "\xc3\xa9 and more");
  google::rpc::ErrorInfo info;
  info.set_reason("RATE_LIMITED");
  result.mutable_error()->add_details()->PackFrom(info);
  result.mutable_retry_after()->set_seconds(86400 * 3);
  result.set_should_retry(false);
  result.set_learned_concurrency_cap(39);
  const auto report = ToAttemptReport(result, kMaxBody);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->response, nullptr);
  EXPECT_EQ(report->error.code, 8);
  EXPECT_EQ(report->error.reason, "RATE_LIMITED");
  EXPECT_EQ(report->error.message, std::string(1023, 'x')) << "cut before the half character";
  EXPECT_EQ(report->retry_after, absl::Hours(24));
  EXPECT_EQ(report->should_retry, false);
  EXPECT_EQ(report->concurrency_cap, 39);
}

TEST(AttemptReport, TheHashIsOfTheContentAlone) {
  const uint64_t hash = ToAttemptReport(GoodResult(), kMaxBody)->hash;
  EXPECT_NE(hash, 0u);
  v1::AttemptResult result = GoodResult();
  result.set_lease_token(LeaseToken{5, 6, 8}.ToString());
  EXPECT_EQ(ToAttemptReport(result, kMaxBody)->hash, hash);
  result = GoodResult();
  result.mutable_response()->set_body("{\"ok\":2}");
  EXPECT_NE(ToAttemptReport(result, kMaxBody)->hash, hash);
  result = GoodResult();
  result.mutable_usage()->set_completion_tokens(21);
  EXPECT_NE(ToAttemptReport(result, kMaxBody)->hash, hash);
}

TEST(AttemptReport, AForeignTokenIsNotFound) {
  v1::AttemptResult result = GoodResult();
  result.set_lease_token("nonsense");
  EXPECT_TRUE(absl::IsNotFound(ToAttemptReport(result, kMaxBody).status()));
}

struct Wrong {
  const char* name;
  void (*change)(v1::AttemptResult& result);
  const char* says;
};
class WrongReport : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongReport, IsInvalidAndSaysWhy) {
  v1::AttemptResult result = GoodResult();
  GetParam().change(result);
  const auto report = ToAttemptReport(result, kMaxBody);
  EXPECT_TRUE(absl::IsInvalidArgument(report.status())) << report.status();
  EXPECT_TRUE(absl::StrContains(report.status().message(), GetParam().says)) << report.status();
}

INSTANTIATE_TEST_SUITE_P(
    Reports, WrongReport,
    ::testing::Values(
        Wrong{"NoOutcome", [](auto& r) { r.clear_outcome(); }, "OUTCOME_UNSPECIFIED"},
        Wrong{"Unknown", [](auto& r) { r.set_outcome(v1::OUTCOME_UNKNOWN); }, "OUTCOME_UNKNOWN"},
        Wrong{"Released", [](auto& r) { r.set_outcome(v1::OUTCOME_RELEASED); }, "OUTCOME_RELEASED"},
        Wrong{"NewOutcome", [](auto& r) { r.set_outcome(static_cast<v1::Outcome>(29)); },
              "outcome is 29"},
        Wrong{"NoBilled", [](auto& r) { r.clear_billed(); }, "billed is 0"},
        Wrong{"NoAnswer", [](auto& r) { r.clear_response(); }, "response.body is empty"},
        Wrong{"AnswerTooLarge",
              [](auto& r) { r.mutable_response()->set_body(std::string(1001, 'x')); },
              "has 1001 bytes; at most 1000"},
        Wrong{"NegativeTokens", [](auto& r) { r.mutable_usage()->set_reasoning_tokens(-1); },
              "-1 tokens; from 0 on"},
        Wrong{"NegativeRetryAfter", [](auto& r) { r.mutable_retry_after()->set_seconds(-1); },
              "retry_after"},
        Wrong{"NoCap", [](auto& r) { r.set_learned_concurrency_cap(0); },
              "learned_concurrency_cap is 0"},
        Wrong{"NegativeFirstContent",
              [](auto& r) { r.mutable_time_to_first_content()->set_nanos(-1); },
              "time_to_first_content"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lull
