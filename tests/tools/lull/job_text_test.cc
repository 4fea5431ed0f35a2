#include "tools/lull/job_text.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "proto/job.pb.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Job AnsweredJob() {
  v1::Job job;
  job.set_id("0198-1");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.set_served_from(v1::SERVED_FROM_UPSTREAM);
  job.set_class_name("batch");
  job.mutable_create_time()->set_seconds(1'790'000'000);
  job.mutable_end_time()->set_seconds(1'790'000'003);
  job.mutable_response()->set_upstream("deepseek");
  job.mutable_response()->set_body(
      R"({"choices":[{"message":{"content":"你好\u001b[2J\nsecond line"}}]})");
  v1::Attempt* busy = job.add_attempts();
  busy->set_number(1);
  busy->set_upstream("deepseek");
  busy->set_outcome(v1::OUTCOME_BUSY);
  busy->set_billed(v1::BILLED_NO);
  busy->set_http_status(503);
  busy->mutable_error()->set_message("try later");
  busy->mutable_start_time()->set_seconds(1'790'000'000);
  busy->mutable_end_time()->set_seconds(1'790'000'001);
  return job;
}

std::string Text(const v1::Job& job, JobFormat format) {
  return JobText(job, format, Terminal(STDOUT_FILENO)).value_or("not printed");
}

TEST(JobTextTest, ShowsAPersonWhatHappened) {
  EXPECT_THAT(
      Text(AnsweredJob(), JobFormat::kTable),
      AllOf(HasSubstr("0198-1"), HasSubstr("SUCCEEDED from UPSTREAM deepseek"),
            HasSubstr("(after 3s)"), HasSubstr("BUSY"), HasSubstr("503"), HasSubstr("try later"),
            HasSubstr("你好\\x1b[2J\nsecond line"), Not(HasSubstr("\x1b"))));
}

TEST(JobTextTest, SaysWhatAJobWaitsFor) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_PENDING);
  job.set_pending_reason(v1::PENDING_REASON_RATE_LIMIT);
  job.set_pending_detail("60 of 60 requests in 1m\x07");
  EXPECT_THAT(Text(job, JobFormat::kTable), HasSubstr("RATE_LIMIT: 60 of 60 requests in 1m\\x07"));
}

TEST(JobTextTest, WritesTheMessageForPrograms) {
  const std::string json = Text(AnsweredJob(), JobFormat::kJson);
  EXPECT_EQ(json.find('\n'), json.size() - 1) << "one line";
  v1::Job parsed;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &parsed).ok()) << json;
  EXPECT_EQ(parsed.SerializeAsString(), AnsweredJob().SerializeAsString());
}

TEST(JobTextTest, WritesTheAnswersBodyAsItCame) {
  EXPECT_EQ(Text(AnsweredJob(), JobFormat::kBody), AnsweredJob().response().body() + "\n");
  EXPECT_EQ(Text(v1::Job(), JobFormat::kBody), "");
}

TEST(JobTextTest, FindsTheAnswerInAChatCompletionOnly) {
  v1::Job job;
  EXPECT_EQ(AnswerText(job), "");
  for (const char* body : {"[]", "{}", R"({"choices":[]})", R"({"choices":[{"message":1}]})",
                           R"({"choices":[{"message":{"content":null}}]})", "\xff"}) {
    job.mutable_response()->set_body(body);
    EXPECT_EQ(AnswerText(job), "") << body;
  }
  job.mutable_response()->set_body(R"({"choices":[{"message":{"content":"yes"}}]})");
  EXPECT_EQ(AnswerText(job), "yes");
}

}  // namespace
}  // namespace lull
