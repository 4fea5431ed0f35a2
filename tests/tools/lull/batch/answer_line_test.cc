#include "tools/lull/batch/answer_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "proto/job.pb.h"

namespace lull {
namespace {

using Json = nlohmann::json;

Json Parsed(const AnswerLine& line) {
  EXPECT_EQ(line.text.find('\n'), line.text.size() - 1) << "one line";
  return Json::parse(line.text);
}

v1::Job FailedJob(absl::string_view reason, int http_status) {
  v1::Job job;
  job.set_id("0198-1");
  job.set_state(v1::JOB_STATE_FAILED);
  job.mutable_error()->set_message("went \"wrong\"");
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  job.mutable_error()->add_details()->PackFrom(info);
  job.add_attempts()->set_http_status(http_status);
  return job;
}

TEST(AnswerLineTest, PutsAnAnswerOnOneLineAndKeepsItsValues) {
  v1::Job job;
  job.set_id("0198-1");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_response()->set_http_status(200);
  job.mutable_response()->set_body(
      "{\n  \"big\": 12345678901234567890,\r\n \"text\": \"a\\nb  c\"}");
  job.mutable_response()->set_upstream_request_id("up-1");
  const AnswerLine line = AnswerLineOf(job, "编号\"1\"");
  EXPECT_FALSE(line.is_error);
  EXPECT_NE(line.text.find("{\"big\":12345678901234567890,\"text\":\"a\\nb  c\"}"),
            std::string::npos);
  const Json json = Parsed(line);
  EXPECT_EQ(json["id"], "batch_req_0198-1");
  EXPECT_EQ(json["custom_id"], "编号\"1\"");
  EXPECT_EQ(json["response"]["status_code"], 200);
  EXPECT_EQ(json["response"]["request_id"], "up-1");
  EXPECT_EQ(json["error"], nullptr);
}

TEST(AnswerLineTest, KeepsAnAnswerWithANumberThatNothingHolds) {
  v1::Job job;
  job.set_id("0198-1");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  for (const char* body : {"{\"seed\":18446744073709551616}", "{\"seed\":1e400}"}) {
    job.mutable_response()->set_body(body);
    const AnswerLine line = AnswerLineOf(job, "r1");
    EXPECT_FALSE(line.is_error);
    EXPECT_NE(line.text.find(body), std::string::npos) << line.text;
  }
}

TEST(AnswerLineTest, NamesTheJobWhenTheUpstreamGaveNoRequestId) {
  v1::Job job;
  job.set_id("0198-1");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_response()->set_body("{}");
  const Json json = Parsed(AnswerLineOf(job, "r1"));
  EXPECT_EQ(json["response"]["request_id"], "0198-1");
  EXPECT_EQ(json["response"]["status_code"], 200);
}

TEST(AnswerLineTest, NeverWritesABodyThatIsNoJson) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_response()->set_body("<html>\n");
  const AnswerLine line = AnswerLineOf(job, "r1");
  EXPECT_TRUE(line.is_error);
  EXPECT_EQ(Parsed(line)["error"]["code"], "invalid_response");
}

TEST(AnswerLineTest, ShowsAnHttpFailureAsItsResponse) {
  const AnswerLine line = AnswerLineOf(FailedJob("INVALID_REQUEST", 400), "r1");
  EXPECT_TRUE(line.is_error);
  const Json json = Parsed(line);
  EXPECT_EQ(json["response"]["status_code"], 400);
  EXPECT_EQ(json["response"]["body"]["error"]["code"], "invalid_request");
  EXPECT_EQ(json["response"]["body"]["error"]["message"], "went \"wrong\"");
  EXPECT_EQ(json["error"], nullptr);
}

TEST(AnswerLineTest, ShowsAnyOtherFailureAsAnError) {
  const AnswerLine line = AnswerLineOf(FailedJob("MAX_ATTEMPTS", 0), "r1");
  EXPECT_TRUE(line.is_error);
  const Json json = Parsed(line);
  EXPECT_EQ(json["response"], nullptr);
  EXPECT_EQ(json["error"]["code"], "max_attempts");
  EXPECT_EQ(json["error"]["message"], "went \"wrong\"");
}

TEST(AnswerLineTest, UsesTheBatchFormatsCodesForJobsThatWereNotRun) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_EXPIRED);
  EXPECT_EQ(Parsed(AnswerLineOf(job, "r1"))["error"]["code"], "batch_expired");
  job.set_state(v1::JOB_STATE_CANCELLED);
  const AnswerLine cancelled = AnswerLineOf(job, "r1");
  EXPECT_TRUE(cancelled.is_error);
  EXPECT_EQ(Parsed(cancelled)["error"]["code"], "batch_cancelled");
  EXPECT_EQ(Parsed(cancelled)["response"], nullptr);
}

TEST(AnswerLineTest, ShowsWhyTheServerTookNoJob) {
  const AnswerLine line = RefusedLineOf(absl::InvalidArgumentError("too large"), "r1");
  EXPECT_TRUE(line.is_error);
  const Json json = Parsed(line);
  EXPECT_EQ(json["custom_id"], "r1");
  EXPECT_EQ(json["error"]["code"], "invalid_argument");
  EXPECT_EQ(json["error"]["message"], "too large");
}

}  // namespace
}  // namespace lull
