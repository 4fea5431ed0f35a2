#include "tools/lull/job_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

JobArguments Prompt() {
  JobArguments arguments;
  arguments.path = "/v1/chat/completions";
  arguments.model = "m";
  arguments.prompt = "Hello";
  return arguments;
}

std::string WhyNot(const JobArguments& arguments) {
  const absl::StatusOr<v1::CreateJobRequest> request = RequestOf(arguments, kNow);
  EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(request.status().message());
}

TEST(JobArgumentsTest, MakeABodyOutOfMessagesInTheirOrder) {
  JobArguments arguments = Prompt();
  arguments.system = "Be brief.";
  arguments.messages = {"user:1 + 1?", "assistant:2: two"};
  const absl::StatusOr<v1::CreateJobRequest> request = RequestOf(arguments, kNow);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->job().request().body(),
            R"({"model":"m","messages":[{"role":"system","content":"Be brief."},)"
            R"({"role":"user","content":"1 + 1?"},{"role":"assistant","content":"2: two"},)"
            R"({"role":"user","content":"Hello"}]})");
  EXPECT_EQ(request->job().request().method(), "POST");
  EXPECT_EQ(request->job().request().path(), "/v1/chat/completions");
}

TEST(JobArgumentsTest, LeaveTheBodyOfAFileAlone) {
  const std::string body = "{ \"model\": \"x\",\n \"n\": 1.0 }\n";
  JobArguments arguments;
  arguments.file = WriteScratch("body.json", body);
  EXPECT_EQ(RequestOf(arguments, kNow)->job().request().body(), body);
  arguments.model = "y";
  EXPECT_EQ(RequestOf(arguments, kNow)->job().request().body(), R"({"model":"y","n":1.0})");
}

TEST(JobArgumentsTest, SetTheFieldsOfTheJob) {
  JobArguments arguments = Prompt();
  arguments.class_name = "batch";
  arguments.priority = 3;
  arguments.labels = {"team=a", "note=x=y", "empty="};
  arguments.request_id = "once";
  arguments.schedule = "+90m";
  arguments.deadline = "2026-12-01T10:00:00+08:00";
  arguments.max_wait = "1h";
  const absl::StatusOr<v1::CreateJobRequest> request = RequestOf(arguments, kNow);
  ASSERT_TRUE(request.ok()) << request.status();
  const v1::Job& job = request->job();
  EXPECT_EQ(job.class_name(), "batch");
  EXPECT_EQ(job.priority(), 3);
  const std::map<std::string, std::string> labels(job.labels().begin(), job.labels().end());
  EXPECT_THAT(labels, ElementsAre(Pair("empty", ""), Pair("note", "x=y"), Pair("team", "a")));
  EXPECT_EQ(request->request_id(), "once");
  EXPECT_EQ(job.schedule_time().seconds(), 1'790'000'000 + 90 * 60);
  EXPECT_EQ(job.deadline().seconds(), 1'796'090'400);
  EXPECT_EQ(request->max_wait().seconds(), 3600);
  EXPECT_FALSE(job.has_ttl());
}

TEST(JobArgumentsTest, SayWhatIsMissingOrWrong) {
  EXPECT_THAT(WhyNot(JobArguments()), HasSubstr("say what to ask"));
  JobArguments arguments = Prompt();
  arguments.model.clear();
  EXPECT_THAT(WhyNot(arguments), HasSubstr("name a model"));
  arguments = Prompt();
  arguments.file = "body.json";
  EXPECT_THAT(WhyNot(arguments), HasSubstr("leave out --prompt"));
  arguments = Prompt();
  arguments.messages = {"no colon"};
  EXPECT_THAT(WhyNot(arguments), HasSubstr("ROLE:TEXT"));
  arguments = Prompt();
  arguments.labels = {"=x"};
  EXPECT_THAT(WhyNot(arguments), HasSubstr("KEY=VALUE"));
  arguments.labels = {"a=1", "a=2"};
  EXPECT_THAT(WhyNot(arguments), HasSubstr("given twice"));
  arguments = Prompt();
  arguments.prompt = "\xff";
  EXPECT_THAT(WhyNot(arguments), HasSubstr("not UTF-8"));
  arguments = JobArguments();
  arguments.file = WriteScratch("list.json", "[]");
  EXPECT_THAT(WhyNot(arguments), HasSubstr("not a JSON object"));
  arguments.file = ScratchPath("none.json");
  EXPECT_EQ(RequestOf(arguments, kNow).status().code(), absl::StatusCode::kNotFound);
}

TEST(ParseSpanTest, TakesDaysAndTheUsualUnits) {
  EXPECT_EQ(*ParseSpan("90s"), absl::Seconds(90));
  EXPECT_EQ(*ParseSpan("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseSpan("2d"), absl::Hours(48));
  EXPECT_EQ(*ParseSpan("1d12h"), absl::Hours(36));
  EXPECT_EQ(*ParseSpan("0"), absl::ZeroDuration());
  for (const char* wrong : {"", "x", "-1s", "1", "1dd", "d", "-1d", "1d-2h", "1.5d"}) {
    EXPECT_FALSE(ParseSpan(wrong).ok()) << wrong;
  }
}

TEST(ParseMomentTest, TakesTimesAndSpansFromNow) {
  EXPECT_EQ(*ParseMoment("+2h", kNow), kNow + absl::Hours(2));
  EXPECT_EQ(*ParseMoment("2026-09-21T14:13:20Z", kNow), kNow);
  EXPECT_EQ(*ParseMoment("2026-09-21T22:13:20+08:00", kNow), kNow);
  for (const char* wrong : {"", "2h", "+", "tomorrow", "2026-13-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseMoment(wrong, kNow).ok()) << wrong;
  }
}

}  // namespace
}  // namespace lull
