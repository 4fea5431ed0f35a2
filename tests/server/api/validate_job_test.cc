#include "server/api/validate_job.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/api/error_details.h"
#include "server/api/proto_time.h"
#include "server/api/request_key.h"

namespace lull {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'767'614'400);

JobRules Rules() {
  Plan plan;
  plan.classes.resize(2);
  plan.classes[0].name = "standard";
  plan.classes[0].max_attempts = 4;
  plan.classes[1].name = "night";
  plan.classes[1].quiet_hours = Calendar({}, absl::UTCTimeZone(), {});
  plan.accounts.resize(1);
  plan.upstreams.resize(1);
  plan.route_groups.resize(2);
  plan.route_groups[0].name = "chat";
  plan.route_groups[0].models = {"deepseek-chat", "deepseek-v3"};
  plan.route_groups[1].name = "embed";
  plan.route_groups[1].models = {"embedder"};
  JobRules rules;
  rules.plan = std::make_shared<const Plan>(std::move(plan));
  rules.default_class = "standard";
  rules.max_request_body_bytes = 1000;
  return rules;
}

v1::CreateJobRequest GoodRequest() {
  v1::CreateJobRequest request;
  v1::Request& call = *request.mutable_job()->mutable_request();
  call.set_path("/v1/chat/completions");
  call.set_body(R"({"model":"deepseek-chat","messages":[]})");
  return request;
}

struct Checked {
  NewJob job;
  absl::Status status;
  std::vector<std::pair<std::string, std::string>> violations;

  bool Has(absl::string_view field, absl::string_view text) const {
    return std::any_of(violations.begin(), violations.end(), [&](const auto& violation) {
      return violation.first == field && absl::StrContains(violation.second, text);
    });
  }
};

Checked Check(const v1::CreateJobRequest& request, const JobRules& rules = Rules(),
              absl::string_view prefix = "") {
  Checked result;
  Violations violations;
  result.job = ValidateJob(request, rules, Caller{"acme", {}}, kNow, prefix, &violations);
  result.status = violations.ToStatus();
  const google::rpc::Status rpc_status = ToRpcStatus(result.status);
  for (const google::protobuf::Any& any : rpc_status.details()) {
    google::rpc::BadRequest bad;
    if (!any.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      result.violations.emplace_back(violation.field(), violation.description());
    }
  }
  return result;
}

TEST(ValidateJob, AGoodRequestBecomesACompleteSpec) {
  v1::CreateJobRequest request = GoodRequest();
  v1::Job& job = *request.mutable_job();
  job.set_class_name("night");
  job.set_priority(-9);
  (*job.mutable_labels())["team"] = "a";
  (*job.mutable_labels())["app"] = "";
  job.add_required_tags("region=eu");
  job.add_required_tags("gdpr");
  job.add_required_tags("gdpr");
  job.set_run_when(v1::RUN_WHEN_QUIET_HOURS);
  job.set_max_attempts(7);
  *job.mutable_schedule_time() = ToTimestamp(kNow + absl::Hours(1));
  *job.mutable_deadline() = ToTimestamp(kNow + absl::Hours(2));
  const Checked checked = Check(request);
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  const JobSpec& spec = *checked.job.spec;
  EXPECT_EQ(spec.tenant, "acme");
  EXPECT_EQ(spec.class_name, "night");
  EXPECT_EQ(spec.route_group, "chat");
  EXPECT_EQ(spec.priority, -9);
  EXPECT_EQ(spec.labels, (Labels{{"app", ""}, {"team", "a"}}));
  EXPECT_EQ(spec.required_tags, (std::vector<std::string>{"gdpr", "region=eu"}));
  EXPECT_EQ(spec.run_when, RunWhen::kQuietHours);
  EXPECT_EQ(spec.max_attempts, 7);
  EXPECT_EQ(spec.schedule_time, kNow + absl::Hours(1));
  EXPECT_EQ(spec.deadline, kNow + absl::Hours(2));
  EXPECT_EQ(spec.method, "POST");
  EXPECT_EQ(spec.path, "/v1/chat/completions");
  EXPECT_EQ(spec.model, "deepseek-chat");
  EXPECT_EQ(*spec.body, request.job().request().body());
  EXPECT_EQ(spec.options, nullptr);
  EXPECT_EQ(checked.job.ttl, absl::ZeroDuration());
  EXPECT_FALSE(checked.job.request_key.has_value());
}

TEST(ValidateJob, WhatIsLeftOutComesFromTheClass) {
  const Checked checked = Check(GoodRequest());
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  EXPECT_EQ(checked.job.spec->class_name, "standard");
  EXPECT_EQ(checked.job.spec->max_attempts, 4);
  EXPECT_EQ(checked.job.spec->deadline, absl::InfinitePast());
}

TEST(ValidateJob, ARequestIdBecomesAKeyOfTenantAndContent) {
  v1::CreateJobRequest request = GoodRequest();
  request.set_request_id("r-1");
  const Checked checked = Check(request);
  ASSERT_TRUE(checked.job.request_key.has_value());
  EXPECT_EQ(checked.job.request_key->key, RequestKeyOf("acme", "r-1"));
  EXPECT_EQ(checked.job.request_key->content, ContentHashOf(request.job()));
}

TEST(ValidateJob, PoliciesThatAskForNothingAreKept) {
  v1::CreateJobRequest request = GoodRequest();
  request.mutable_job()->mutable_cache_policy()->set_mode(v1::CACHE_MODE_OFF);
  request.mutable_job()->mutable_fallback_policy()->set_disabled(true);
  const Checked checked = Check(request);
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  ASSERT_NE(checked.job.spec->options, nullptr);
  v1::Job options;
  ASSERT_TRUE(options.ParseFromString(*checked.job.spec->options));
  EXPECT_TRUE(options.fallback_policy().disabled());
}

// Each changes one thing of the good request; the violation names the field, the value and what is
// allowed.
struct Wrong {
  const char* name;
  void (*change)(v1::CreateJobRequest& request);
  const char* field;
  const char* says;
};

class WrongJob : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongJob, IsAViolationOfItsFieldAlone) {
  v1::CreateJobRequest request = GoodRequest();
  GetParam().change(request);
  const Checked checked = Check(request);
  EXPECT_EQ(checked.status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(checked.violations.size(), 1u) << checked.status;
  EXPECT_TRUE(checked.Has(GetParam().field, GetParam().says))
      << checked.violations[0].first << ": " << checked.violations[0].second;
}

void SetBody(v1::CreateJobRequest& request, const std::string& body) {
  request.mutable_job()->mutable_request()->set_body(body);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, WrongJob,
    ::testing::Values(
        Wrong{"NoCall", [](auto& r) { r.mutable_job()->clear_request(); }, "job.request",
              "is missing"},
        Wrong{"RequestIdTooLong", [](auto& r) { r.set_request_id(std::string(129, 'x')); },
              "request_id", "129 bytes); at most 128"},
        Wrong{"RequestIdNotPrintable", [](auto& r) { r.set_request_id("a\nb"); }, "request_id",
              "\"a\\nb\""},
        Wrong{"MaxWait", [](auto& r) { r.mutable_max_wait()->set_seconds(1); }, "max_wait",
              "not supported"},
        Wrong{"UnknownClass", [](auto& r) { r.mutable_job()->set_class_name("nihgt"); },
              "job.class_name", "\"nihgt\"; the classes are standard, night"},
        Wrong{"PriorityTooHigh", [](auto& r) { r.mutable_job()->set_priority(10); }, "job.priority",
              "is 10; from -9 to 9"},
        Wrong{"PriorityTooLow", [](auto& r) { r.mutable_job()->set_priority(-10); }, "job.priority",
              "is -10"},
        Wrong{"MaxAttemptsTooMany", [](auto& r) { r.mutable_job()->set_max_attempts(101); },
              "job.max_attempts", "is 101; from 0 to 100"},
        Wrong{"MaxAttemptsNegative", [](auto& r) { r.mutable_job()->set_max_attempts(-1); },
              "job.max_attempts", "is -1"},
        Wrong{"UnknownRunWhen",
              [](auto& r) { r.mutable_job()->set_run_when(static_cast<v1::RunWhen>(7)); },
              "job.run_when", "is 7"},
        Wrong{"NoQuietHours",
              [](auto& r) { r.mutable_job()->set_run_when(v1::RUN_WHEN_QUIET_HOURS); },
              "job.run_when", "class \"standard\" has no quiet hours"},
        Wrong{"TooManyLabels",
              [](auto& r) {
                for (int i = 0; i < 17; ++i) {
                  (*r.mutable_job()->mutable_labels())[absl::StrCat("k", i)] = "v";
                }
              },
              "job.labels", "has 17 entries; at most 16"},
        Wrong{"EmptyLabelKey", [](auto& r) { (*r.mutable_job()->mutable_labels())[""] = "v"; },
              "job.labels", "key is \"\""},
        Wrong{"LabelKeyTooLong",
              [](auto& r) { (*r.mutable_job()->mutable_labels())[std::string(64, 'k')] = "v"; },
              "job.labels", "(64 characters)"},
        Wrong{"LabelValueWithASpace",
              [](auto& r) { (*r.mutable_job()->mutable_labels())["k"] = "a b"; }, "job.labels",
              "value of key \"k\" is \"a b\""},
        Wrong{"TooManyTags",
              [](auto& r) {
                for (int i = 0; i < 17; ++i) r.mutable_job()->add_required_tags("t");
              },
              "job.required_tags", "has 17 entries"},
        Wrong{"BadTag", [](auto& r) { r.mutable_job()->add_required_tags("a b"); },
              "job.required_tags[0]", "\"a b\""},
        Wrong{"Method", [](auto& r) { r.mutable_job()->mutable_request()->set_method("GET"); },
              "job.request.method", "\"GET\"; only \"POST\""},
        Wrong{"NoPath", [](auto& r) { r.mutable_job()->mutable_request()->clear_path(); },
              "job.request.path", "is missing"},
        Wrong{"RelativePath",
              [](auto& r) { r.mutable_job()->mutable_request()->set_path("v1/chat"); },
              "job.request.path", "has to begin with \"/\""},
        Wrong{"PathUpwards",
              [](auto& r) { r.mutable_job()->mutable_request()->set_path("/v1/../admin"); },
              "job.request.path", "neither \"//\" nor \"..\""},
        Wrong{"PathWithHost",
              [](auto& r) { r.mutable_job()->mutable_request()->set_path("//evil.example/v1"); },
              "job.request.path", "neither \"//\" nor \"..\""},
        Wrong{"PathWithQuery",
              [](auto& r) { r.mutable_job()->mutable_request()->set_path("/v1/chat?x=1"); },
              "job.request.path", "\"/v1/chat?x=1\""},
        Wrong{"PathTooLong",
              [](auto& r) {
                r.mutable_job()->mutable_request()->set_path("/" + std::string(256, 'a'));
              },
              "job.request.path", "(257 characters)"},
        Wrong{"NoBody", [](auto& r) { SetBody(r, ""); }, "job.request.body", "is missing"},
        Wrong{"BodyTooLarge", [](auto& r) { SetBody(r, std::string(1001, ' ')); },
              "job.request.body", "has 1001 bytes; at most 1000"},
        Wrong{"BodyNotJson", [](auto& r) { SetBody(r, "{"); }, "job.request.body", "is not JSON"},
        Wrong{"BodyWithoutModel", [](auto& r) { SetBody(r, "{}"); }, "job.request.body",
              "has no \"model\"; the models are deepseek-chat, deepseek-v3, embedder"},
        Wrong{"UnknownModel", [](auto& r) { SetBody(r, R"({"model":"gpt"})"); }, "job.request.body",
              "\"gpt\", which no route group serves; the models are deepseek-chat"},
        Wrong{"ScheduleNoTime",
              [](auto& r) { r.mutable_job()->mutable_schedule_time()->set_nanos(-1); },
              "job.schedule_time", "is no time"},
        Wrong{"ScheduleTooFar",
              [](auto& r) {
                *r.mutable_job()->mutable_schedule_time() =
                    ToTimestamp(kNow + absl::Hours(24 * 366) + absl::Seconds(1));
              },
              "job.schedule_time", "at most 366 days ahead"},
        Wrong{"DeadlineOver",
              [](auto& r) { *r.mutable_job()->mutable_deadline() = ToTimestamp(kNow); },
              "job.deadline", "which is over"},
        Wrong{"DeadlineTooFar",
              [](auto& r) {
                *r.mutable_job()->mutable_deadline() = ToTimestamp(kNow + absl::Hours(24 * 367));
              },
              "job.deadline", "at most 366 days ahead"},
        Wrong{"DeadlineBeforeSchedule",
              [](auto& r) {
                *r.mutable_job()->mutable_schedule_time() = ToTimestamp(kNow + absl::Hours(2));
                *r.mutable_job()->mutable_deadline() = ToTimestamp(kNow + absl::Hours(2));
              },
              "job.deadline", "has to be after the \"schedule_time\""},
        Wrong{"DeadlineAndTtl",
              [](auto& r) {
                *r.mutable_job()->mutable_deadline() = ToTimestamp(kNow + absl::Hours(2));
                r.mutable_job()->mutable_ttl()->set_seconds(60);
              },
              "job.ttl", "only one is allowed"},
        Wrong{"TtlTooShort", [](auto& r) { r.mutable_job()->mutable_ttl()->set_nanos(999'999'999); },
              "job.ttl", "is 999.999999ms; from 1s to 8784h"},
        Wrong{"TtlTooLong",
              [](auto& r) { r.mutable_job()->mutable_ttl()->set_seconds(366 * 86400 + 1); },
              "job.ttl", "from 1s to 8784h"},
        Wrong{"TtlNoDuration",
              [](auto& r) { r.mutable_job()->mutable_ttl()->set_nanos(1'000'000'000); }, "job.ttl",
              "no duration: seconds"},
        Wrong{"Batch", [](auto& r) { r.mutable_job()->set_batch_id("b"); }, "job.batch_id",
              "not supported"},
        Wrong{"CustomId", [](auto& r) { r.mutable_job()->set_custom_id("c"); }, "job.custom_id",
              "not supported"},
        Wrong{"RetryPolicy", [](auto& r) { r.mutable_job()->mutable_retry_policy(); },
              "job.retry_policy", "not supported"},
        Wrong{"InputLimit", [](auto& r) { r.mutable_job()->mutable_input_limit(); },
              "job.input_limit", "not supported"},
        Wrong{"TextSplit", [](auto& r) { r.mutable_job()->mutable_text_split(); },
              "job.text_split", "not supported"},
        Wrong{"Cache",
              [](auto& r) { r.mutable_job()->mutable_cache_policy()->set_mode(v1::CACHE_MODE_READ); },
              "job.cache_policy", "not supported"},
        Wrong{"Fallback", [](auto& r) { r.mutable_job()->mutable_fallback_policy()->add_steps(); },
              "job.fallback_policy", "not supported"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ValidateJob, NoJobAtAll) {
  const Checked checked = Check(v1::CreateJobRequest());
  EXPECT_TRUE(checked.Has("job", "is missing")) << checked.status;
}

TEST(ValidateJob, AllFaultsAreReportedAtOnceUnderThePrefix) {
  v1::CreateJobRequest request = GoodRequest();
  request.mutable_job()->set_priority(99);
  request.mutable_job()->set_class_name("x");
  SetBody(request, "[]");
  const Checked checked = Check(request, Rules(), "requests[3].");
  EXPECT_EQ(checked.violations.size(), 3u);
  EXPECT_TRUE(checked.Has("requests[3].job.priority", "99"));
  EXPECT_TRUE(checked.Has("requests[3].job.class_name", "\"x\""));
  EXPECT_TRUE(checked.Has("requests[3].job.request.body", "not an object"));
}

TEST(ValidateJob, ADeadlineThatIsOverIsTheEnginesToJudgeInARepeatedRequest) {
  v1::CreateJobRequest request = GoodRequest();
  *request.mutable_job()->mutable_deadline() = ToTimestamp(kNow - absl::Seconds(1));
  request.set_request_id("repeated");
  const Checked checked = Check(request);
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  EXPECT_EQ(checked.job.spec->deadline, kNow - absl::Seconds(1));
}

TEST(ValidateJob, WithADefaultRouteTheModelMayBeMissing) {
  JobRules rules = Rules();
  Plan plan = *rules.plan;
  plan.route_groups[1].models = {"*"};
  rules.plan = std::make_shared<const Plan>(plan);
  v1::CreateJobRequest request = GoodRequest();
  SetBody(request, "{}");
  const Checked checked = Check(request, rules);
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  EXPECT_EQ(checked.job.spec->route_group, "embed");
  EXPECT_EQ(checked.job.spec->model, "");
}

TEST(ValidateJob, LimitsThemselvesAreAllowed) {
  v1::CreateJobRequest request = GoodRequest();
  v1::Job& job = *request.mutable_job();
  request.set_request_id(std::string(128, '~'));
  job.set_priority(9);
  job.set_max_attempts(100);
  for (int i = 0; i < 16; ++i) {
    (*job.mutable_labels())[absl::StrCat(std::string(61, 'k'), 10 + i)] = std::string(63, 'v');
    job.add_required_tags(absl::StrCat(std::string(61, 't'), 10 + i));
  }
  job.mutable_ttl()->set_seconds(366 * 86400);
  *job.mutable_schedule_time() = ToTimestamp(kNow + absl::Hours(24 * 366));
  job.mutable_request()->set_path("/" + std::string(255, 'a'));
  std::string body = R"({"model":"deepseek-chat"})";
  body.resize(1000, ' ');
  SetBody(request, body);
  EXPECT_TRUE(Check(request).status.ok()) << Check(request).status;
}

}  // namespace
}  // namespace lull
