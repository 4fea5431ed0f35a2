// Which outcome an answer has, and whether it may be billed.
#include "worker/classify_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/worker/answers.h"

namespace lull {
namespace {

struct Row {
  const char* what;
  int status;
  std::string body;
  v1::Outcome outcome;
  v1::Billed billed;
};

void CheckTable(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const v1::AttemptResult result = Classify(Answered(row.status, row.body));
    EXPECT_EQ(v1::Outcome_Name(result.outcome()), v1::Outcome_Name(row.outcome)) << row.what;
    EXPECT_EQ(v1::Billed_Name(result.billed()), v1::Billed_Name(row.billed)) << row.what;
    EXPECT_EQ(result.http_status(), row.status) << row.what;
    const bool succeeded = row.outcome == v1::OUTCOME_SUCCEEDED;
    EXPECT_EQ(result.has_error(), !succeeded) << row.what;
    EXPECT_EQ(result.response().body(), succeeded ? row.body : "") << row.what;
    if (!succeeded) {
      EXPECT_NE(result.error().code(), 0) << row.what;
      EXPECT_FALSE(result.error().message().empty()) << row.what;
    }
  }
}

TEST(ClassifyAnswerTest, Statuses) {
  const std::string html = "<html><body>Bad gateway</body></html>";
  CheckTable({
      {"answer", 200, kGood, v1::OUTCOME_SUCCEEDED, v1::BILLED_YES},
      {"created", 201, kGood, v1::OUTCOME_SUCCEEDED, v1::BILLED_YES},
      {"bad request", 400, Error(R"("message":"bad")"), v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO},
      {"wrong key", 401, "", v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO},
      {"no balance (DeepSeek)", 402,
       Error(R"("message":"Insufficient Balance","type":"unknown_error")"), v1::OUTCOME_NO_BALANCE,
       v1::BILLED_NO},
      {"forbidden", 403, "", v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO},
      {"unknown model", 404, Error(R"("code":"model_not_found")"), v1::OUTCOME_MODEL_NOT_FOUND,
       v1::BILLED_NO},
      {"unknown model, by text", 404, Error(R"("message":"The model `x` does not exist")"),
       v1::OUTCOME_MODEL_NOT_FOUND, v1::BILLED_NO},
      {"unknown deployment (Azure)", 404, Error(R"("code":"DeploymentNotFound")"),
       v1::OUTCOME_MODEL_NOT_FOUND, v1::BILLED_NO},
      {"wrong address", 404, html, v1::OUTCOME_MODEL_NOT_FOUND, v1::BILLED_NO},
      {"request timeout", 408, "", v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"conflict", 409, "", v1::OUTCOME_SERVER_ERROR, v1::BILLED_NO},
      {"too large", 413, "", v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO},
      {"unprocessable", 422, R"({"detail":[{"msg":"field required"}]})",
       v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO},
      {"rate", 429, Error(R"("message":"Rate limit reached")"), v1::OUTCOME_RATE_LIMITED,
       v1::BILLED_NO},
      {"rate without a body", 429, "", v1::OUTCOME_RATE_LIMITED, v1::BILLED_NO},
      {"flex capacity", 498, "", v1::OUTCOME_BUSY, v1::BILLED_NO},
      {"server error", 500, html, v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"bad gateway", 502, html, v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"busy", 503, html, v1::OUTCOME_BUSY, v1::BILLED_NO},
      {"gateway timeout", 504, html, v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"Cloudflare timeout", 524, html, v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"overloaded", 529,
       R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
       v1::OUTCOME_BUSY, v1::BILLED_NO},
      {"another 5xx", 599, "", v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"redirect", 302, "", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_NO},
      {"undocumented 4xx", 418, "", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_NO},
  });
}

TEST(ClassifyAnswerTest, WordsOfTheErrorAreMoreExactThanItsStatus) {
  CheckTable({
      {"slow down", 503, Error(R"("code":"slow_down","message":"Slow down")"), v1::OUTCOME_BUSY,
       v1::BILLED_NO},
      {"slow down as 429", 429, Error(R"("type":"slow_down")"), v1::OUTCOME_BUSY, v1::BILLED_NO},
      {"overloaded engine as 429", 429, Error(R"("type":"engine_overloaded_error")"),
       v1::OUTCOME_BUSY, v1::BILLED_NO},
      {"insufficient quota", 429,
       Error(R"("code":"insufficient_quota","type":"insufficient_quota")"), v1::OUTCOME_NO_BALANCE,
       v1::BILLED_NO},
      {"credit balance", 429, Error(R"("code":"credit_balance_exhausted")"), v1::OUTCOME_NO_BALANCE,
       v1::BILLED_NO},
      {"spend limit", 429, Error(R"("code":"organization_spend_limit_reached")"),
       v1::OUTCOME_NO_BALANCE, v1::BILLED_NO},
      {"usage limit", 429, Error(R"("code":"monthly_usage_limit_exceeded")"),
       v1::OUTCOME_NO_BALANCE, v1::BILLED_NO},
      {"billing limit", 400, Error(R"("code":"billing_hard_limit_reached")"),
       v1::OUTCOME_NO_BALANCE, v1::BILLED_NO},
      {"only the text of a used-up quota", 429,
       Error(R"("message":"You exceeded your current quota")"), v1::OUTCOME_RATE_LIMITED,
       v1::BILLED_NO},
      {"context, by code", 400, Error(R"("code":"context_length_exceeded","message":"too long")"),
       v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO},
      {"context, by text alone (DeepSeek)", 400,
       Error(
           R"("message":"This model's maximum context length is 65536 tokens. However, you requested 70001 tokens","type":"invalid_request_error","code":"invalid_request_error")"),
       v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO},
      {"context, plain text", 413, "The maximum context length is 4096",
       v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO},
      {"context (Anthropic)", 400,
       Error(R"("message":"prompt is too long: 210000 tokens > 200000 maximum")"),
       v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO},
      {"context (Google)", 400,
       Error(
           R"("message":"The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).")"),
       v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO},
      {"a server error that mentions the context", 500,
       Error(R"("message":"maximum context length is 1")"), v1::OUTCOME_SERVER_ERROR,
       v1::BILLED_MAYBE},
      {"bad key as 400 (Google)", 400,
       Error(
           R"("code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}])"),
       v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO},
      {"unknown model as 400 (DeepSeek)", 400,
       Error(R"("message":"Model Not Exist","code":"invalid_request_error")"),
       v1::OUTCOME_MODEL_NOT_FOUND, v1::BILLED_NO},
      {"moderation as 403 (OpenRouter)", 403,
       Error(
           R"("code":403,"message":"flagged","metadata":{"reasons":["x"],"flagged_input":"..."})"),
       v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO},
      {"daily quota by name (Google, inside an array)", 429,
       R"([{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"You exceeded your current quota","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}])",
       v1::OUTCOME_QUOTA_EXHAUSTED, v1::BILLED_NO},
      {"minute quota by name (Google)", 429,
       Error(
           R"("code":429,"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProject"}]}])"),
       v1::OUTCOME_RATE_LIMITED, v1::BILLED_NO},
      {"daily quota by text (OpenAI)", 429,
       Error(R"("message":"Rate limit reached on requests per day (RPD): Limit 200")"),
       v1::OUTCOME_QUOTA_EXHAUSTED, v1::BILLED_NO},
      {"daily quota (OpenRouter)", 429,
       Error(R"("message":"Rate limit exceeded: free-models-per-day")"),
       v1::OUTCOME_QUOTA_EXHAUSTED, v1::BILLED_NO},
  });
}

TEST(ClassifyAnswerTest, ANotFoundForAPathOfTheJobsOwnIsTheJobs) {
  const auto outcome = [](const std::string& body, absl::string_view path) {
    return Classify(Answered(404, body), path).outcome();
  };
  const std::string model = Error(R"("message":"The model `x` does not exist")");
  const std::string plain = "Not Found";
  for (const absl::string_view path : {"/v1/embeddings", "/v1/chat/completion"}) {
    EXPECT_EQ(outcome(model, path), v1::OUTCOME_MODEL_NOT_FOUND) << path;
    EXPECT_EQ(outcome(plain, path), v1::OUTCOME_INVALID_REQUEST) << path;
    EXPECT_EQ(outcome("", path), v1::OUTCOME_INVALID_REQUEST) << path;
  }
  EXPECT_EQ(outcome(plain, "/v1/chat/completions"), v1::OUTCOME_MODEL_NOT_FOUND);
}

TEST(ClassifyAnswerTest, AnswersThatFailedWithStatus200) {
  CheckTable({
      {"error object", 200, Error(R"("message":"Provider returned error")"),
       v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"error object with a status (OpenRouter)", 200, Error(R"("code":502,"message":"down")"),
       v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"error object that says busy", 200, Error(R"("code":503,"message":"no instances")"),
       v1::OUTCOME_BUSY, v1::BILLED_MAYBE},
      {"error object that says rate", 200, Error(R"("code":429,"message":"slow")"),
       v1::OUTCOME_RATE_LIMITED, v1::BILLED_MAYBE},
      {"a status in digits", 200, Error(R"("code":"429")"), v1::OUTCOME_RATE_LIMITED,
       v1::BILLED_MAYBE},
      {"rate by name", 200, Error(R"("code":"rate_limit_exceeded")"), v1::OUTCOME_RATE_LIMITED,
       v1::BILLED_MAYBE},
      {"busy by name", 200, Error(R"("type":"overloaded_error")"), v1::OUTCOME_BUSY,
       v1::BILLED_MAYBE},
      {"error as a text", 200, R"({"error":"model is loading"})", v1::OUTCOME_SERVER_ERROR,
       v1::BILLED_MAYBE},
      {"error beside choices", 200,
       R"({"choices":[{"finish_reason":"stop"}],"error":{"message":"x"}})",
       v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"error inside a choice", 200,
       R"({"choices":[{"finish_reason":"error","error":{"code":502,"message":"x"}}]})",
       v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {"the object is the error", 200, R"({"object":"error","message":"x","code":400})",
       v1::OUTCOME_INVALID_REQUEST, v1::BILLED_MAYBE},
      {"no error: null", 200, absl::StrReplaceAll(kGood, {{"{\"id\"", "{\"error\":null,\"id\""}}),
       v1::OUTCOME_SUCCEEDED, v1::BILLED_YES},
      {"no error: empty", 200, absl::StrReplaceAll(kGood, {{"{\"id\"", "{\"error\":{},\"id\""}}),
       v1::OUTCOME_SUCCEEDED, v1::BILLED_YES},
      {"interrupted (DeepSeek)", 200, Finished("\"insufficient_system_resource\""),
       v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE},
      {"finish reason null", 200, Finished("null"), v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES},
      {"finish reason unknown", 200, Finished("\"gave_up\""), v1::OUTCOME_INVALID_RESPONSE,
       v1::BILLED_YES},
      {"finish reason a number", 200, Finished("7"), v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES},
      {"finish reason missing", 200, R"({"choices":[{"message":{}}]})",
       v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES},
      {"one choice of two unfinished", 200,
       R"({"choices":[{"finish_reason":"stop"},{"finish_reason":null}]})",
       v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES},
      {"no choices", 200, R"({"id":"x"})", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES},
      {"empty choices", 200, R"({"choices":[]})", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES},
      {"nothing", 200, "", v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE},
      {"a web page", 200, "<html></html>", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE},
      {"no object", 200, "[1,2]", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE},
      {"half an object", 200, R"({"choices":[{"fini)", v1::OUTCOME_INVALID_RESPONSE,
       v1::BILLED_MAYBE},
      {"not UTF-8", 200, "{\"a\":\"\xff\"}", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE},
      {"too deep", 200, std::string(5000, '[') + std::string(5000, ']'),
       v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE},
  });
}

TEST(ClassifyAnswerTest, EveryKnownFinishReasonIsAnAnswer) {
  for (const std::string reason :
       {"stop", "length", "tool_calls", "content_filter", "function_call"}) {
    const v1::AttemptResult result = Classify(Answered(200, Finished("\"" + reason + "\"")));
    EXPECT_EQ(result.outcome(), v1::OUTCOME_SUCCEEDED) << reason;
    EXPECT_EQ(result.response().finish_reason(), reason);
    EXPECT_EQ(result.response().model(), "m-1");
  }
}

TEST(ClassifyAnswerTest, TheFinishReasonThatSaysMostIsReported) {
  const v1::AttemptResult result = Classify(Answered(
      200,
      R"({"choices":[{"finish_reason":"stop"},{"finish_reason":"length"},{"finish_reason":"stop"}]})"));
  EXPECT_EQ(result.outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(result.response().finish_reason(), "length");
}

TEST(ClassifyAnswerTest, AnEmbeddingNeedsNoChoices) {
  const std::string body =
      R"({"object":"list","data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":5,"total_tokens":5}})";
  const v1::AttemptResult result = Classify(Answered(200, body), "/v1/embeddings");
  EXPECT_EQ(result.outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(result.response().body(), body);
  EXPECT_EQ(result.usage().prompt_tokens(), 5);
}

TEST(ClassifyAnswerTest, AnEmbeddingNeedsData) {
  for (const char* body : {"{}", R"({"data":[]})", R"({"data":null})", R"({"data":{"a":1}})",
                           R"({"object":"list","model":"m","usage":{"prompt_tokens":5}})"}) {
    const v1::AttemptResult result = Classify(Answered(200, body), "/v1/embeddings");
    EXPECT_EQ(result.outcome(), v1::OUTCOME_INVALID_RESPONSE) << body;
    EXPECT_EQ(result.billed(), v1::BILLED_YES) << body;
    EXPECT_TRUE(absl::StrContains(result.error().message(), "no data")) << body;
  }
}

TEST(ClassifyAnswerTest, ABodyWhoseEndWasNotAnnouncedIsCutWhenItIsNoJson) {
  HttpAnswer cut = Answered(200, R"({"choices":[{"fini)");
  cut.framed = false;
  EXPECT_EQ(Classify(cut).outcome(), v1::OUTCOME_TRUNCATED);
  HttpAnswer whole = Answered(200, kGood);
  whole.framed = false;
  EXPECT_EQ(Classify(whole).outcome(), v1::OUTCOME_SUCCEEDED);
}

TEST(ClassifyAnswerTest, ACompressedAnswerWasNotAskedFor) {
  const v1::AttemptResult result =
      Classify(Answered(200, "\x1f\x8b\x08", {{"Content-Encoding", "gzip"}}));
  EXPECT_EQ(result.outcome(), v1::OUTCOME_INVALID_RESPONSE);
  EXPECT_NE(result.error().message().find("gzip"), std::string::npos);
}

struct EndRow {
  const char* what;
  HttpEnd end;
  bool written;
  bool began;
  v1::Outcome outcome;
  v1::Billed billed;
};

TEST(ClassifyAnswerTest, CallsWithoutACompleteAnswer) {
  const EndRow rows[] = {
      {"not connected", HttpEnd::kNotConnected, false, false, v1::OUTCOME_CONNECTION_FAILED,
       v1::BILLED_NO},
      {"connect timeout", HttpEnd::kConnectTimeout, false, false, v1::OUTCOME_CONNECTION_FAILED,
       v1::BILLED_NO},
      {"broke before the request left", HttpEnd::kBroke, false, false,
       v1::OUTCOME_CONNECTION_FAILED, v1::BILLED_NO},
      {"broke before the answer", HttpEnd::kBroke, true, false, v1::OUTCOME_CONNECTION_FAILED,
       v1::BILLED_MAYBE},
      {"broke in the answer", HttpEnd::kBroke, true, true, v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE},
      {"stream reset, no head seen", HttpEnd::kStreamReset, true, false, v1::OUTCOME_TRUNCATED,
       v1::BILLED_MAYBE},
      {"stream reset in the answer", HttpEnd::kStreamReset, true, true, v1::OUTCOME_TRUNCATED,
       v1::BILLED_MAYBE},
      {"stream refused", HttpEnd::kStreamRefused, true, false, v1::OUTCOME_CONNECTION_FAILED,
       v1::BILLED_NO},
      {"first content", HttpEnd::kFirstContentTimeout, true, true, v1::OUTCOME_TIMEOUT,
       v1::BILLED_MAYBE},
      {"between contents", HttpEnd::kBetweenContentTimeout, true, true, v1::OUTCOME_TIMEOUT,
       v1::BILLED_MAYBE},
      {"total", HttpEnd::kTotalTimeout, true, true, v1::OUTCOME_TIMEOUT, v1::BILLED_MAYBE},
      {"total before the request left", HttpEnd::kTotalTimeout, false, false, v1::OUTCOME_TIMEOUT,
       v1::BILLED_NO},
      {"head too large", HttpEnd::kHeadTooLarge, true, true, v1::OUTCOME_INVALID_RESPONSE,
       v1::BILLED_MAYBE},
      {"body too large", HttpEnd::kBodyTooLarge, true, true, v1::OUTCOME_INVALID_RESPONSE,
       v1::BILLED_MAYBE},
      {"aborted", HttpEnd::kAborted, true, false, v1::OUTCOME_CANCELLED, v1::BILLED_MAYBE},
      {"aborted before it began", HttpEnd::kAborted, false, false, v1::OUTCOME_CANCELLED,
       v1::BILLED_NO},
  };
  for (const EndRow& row : rows) {
    HttpAnswer answer;
    answer.end = row.end;
    answer.written = row.written;
    answer.began = row.began;
    answer.status = row.began ? 200 : 0;
    answer.detail = "because of sk-canary-4f1d9c2e7b8a";
    const v1::AttemptResult result = Classify(answer);
    EXPECT_EQ(v1::Outcome_Name(result.outcome()), v1::Outcome_Name(row.outcome)) << row.what;
    EXPECT_EQ(v1::Billed_Name(result.billed()), v1::Billed_Name(row.billed)) << row.what;
    EXPECT_EQ(result.http_status(), answer.status) << row.what;
    EXPECT_NE(result.error().code(), 0) << row.what;
    EXPECT_NE(result.error().message().find("because of [redacted]"), std::string::npos)
        << row.what;
    EXPECT_TRUE(result.response().body().empty()) << row.what;
  }
}

TEST(ClassifyAnswerTest, ARefusalIsOneHoweverItsBodyEnds) {
  struct RefusalRow {
    int status;
    v1::Outcome outcome;
    v1::Billed billed;
  };
  const RefusalRow rows[] = {
      {302, v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_NO},
      {401, v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO},
      {429, v1::OUTCOME_RATE_LIMITED, v1::BILLED_NO},
      {502, v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE},
      {503, v1::OUTCOME_BUSY, v1::BILLED_NO},
  };
  for (const RefusalRow& row : rows) {
    for (const HttpEnd end : {HttpEnd::kBroke, HttpEnd::kStreamReset, HttpEnd::kFirstContentTimeout,
                              HttpEnd::kBetweenContentTimeout, HttpEnd::kTotalTimeout,
                              HttpEnd::kHeadTooLarge, HttpEnd::kBodyTooLarge}) {
      SCOPED_TRACE(absl::StrCat(row.status, ", end ", static_cast<int>(end)));
      HttpAnswer answer = Answered(row.status, R"({"error":{"message":"concurrency limit of 3)",
                                   {{"Retry-After", "7"}, {"x-should-retry", "true"}});
      answer.end = end;
      answer.detail = "as the test wants it";
      const v1::AttemptResult result = Classify(answer);
      EXPECT_EQ(v1::Outcome_Name(result.outcome()), v1::Outcome_Name(row.outcome));
      EXPECT_EQ(v1::Billed_Name(result.billed()), v1::Billed_Name(row.billed));
      EXPECT_EQ(result.http_status(), row.status);
      EXPECT_EQ(result.retry_after().seconds(), 7);
      EXPECT_TRUE(result.should_retry());
      EXPECT_FALSE(result.has_learned_concurrency_cap()) << "39, perhaps";
      EXPECT_NE(result.error().message().find("as the test wants it"), std::string::npos);
      EXPECT_TRUE(result.response().body().empty());
    }
    HttpAnswer cancelled = Answered(row.status, "");
    cancelled.end = HttpEnd::kAborted;
    EXPECT_EQ(Classify(cancelled).outcome(), v1::OUTCOME_CANCELLED);
  }
}

TEST(ClassifyAnswerTest, AStreamWithoutAFinishReasonWasTruncated) {
  for (const std::string& body : {Finished("null"), std::string(R"({"choices":[],"usage":{}})")}) {
    HttpAnswer answer = Answered(200, body);
    answer.streamed = true;
    const v1::AttemptResult result = Classify(std::move(answer));
    EXPECT_EQ(result.outcome(), v1::OUTCOME_TRUNCATED) << body;
    EXPECT_EQ(result.billed(), v1::BILLED_MAYBE) << body;
  }
  HttpAnswer answer = Answered(200, kGood);
  answer.streamed = true;
  EXPECT_EQ(Classify(std::move(answer)).outcome(), v1::OUTCOME_SUCCEEDED);
}

}  // namespace
}  // namespace lull
