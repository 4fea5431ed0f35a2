#include "server/config/plan_from_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/config/server_config_file.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Plan PlanOf(const std::string& text) {
  const auto config = ParseServerConfig(text, "s.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  auto plan = PlanFromConfig(*config);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *std::move(plan);
}

TEST(PlanFromConfig, CarriesTheShippedClasses) {
  const Plan plan = PlanOf("");
  ASSERT_EQ(plan.classes.size(), 3u);
  EXPECT_EQ(plan.classes[0].name, "interactive");
  EXPECT_GT(plan.classes[0].priority, plan.classes[1].priority);
  EXPECT_GT(plan.classes[1].priority, plan.classes[2].priority);
  EXPECT_EQ(plan.classes[2].guaranteed_share, 0.01);
  EXPECT_EQ(plan.classes[0].ttl, absl::Hours(24));
  EXPECT_EQ(plan.classes[0].max_attempts, 3);
  EXPECT_EQ(plan.classes[0].max_dispatches, 200);
  EXPECT_EQ(plan.classes[0].on_unknown, OnUnknown::kRetry);
  EXPECT_EQ(plan.classes[0].backoff.base, absl::Seconds(1));
  EXPECT_EQ(plan.classes[0].backoff.cap, absl::Seconds(10));
  EXPECT_FALSE(plan.classes[0].concurrency.has_value());
  EXPECT_FALSE(plan.classes[0].requests.has_value());
  EXPECT_FALSE(plan.classes[0].quiet_hours.has_value());
  EXPECT_FALSE(plan.classes[0].hold_by_default);
  EXPECT_EQ(plan.lease_duration, absl::Seconds(30));
}

TEST(PlanFromConfig, CarriesWhatAClassSays) {
  const Plan plan = PlanOf(R"(
classes:
- name: night
  priority: 7
  guaranteed_share: 0.25
  max_share: 0.75
  limits: {concurrency: 9, requests: {count: 60, window: 30s}}
  ttl: 2h
  max_attempts: 4
  max_dispatches: 50
  on_unknown: fail
  backoff: {base: 250ms, cap: 2s}
  time_limits: {connect: 1s, first_content: 2s, between_content: 3s, total: 4s}
)");
  ASSERT_EQ(plan.classes.size(), 1u);
  const QuotaClass& night = plan.classes[0];
  EXPECT_EQ(night.priority, 7);
  EXPECT_EQ(night.guaranteed_share, 0.25);
  EXPECT_EQ(night.max_share, 0.75);
  EXPECT_EQ(night.concurrency, 9);
  ASSERT_TRUE(night.requests.has_value());
  EXPECT_EQ(night.requests->count, 60);
  EXPECT_EQ(night.requests->window, absl::Seconds(30));
  EXPECT_EQ(night.ttl, absl::Hours(2));
  EXPECT_EQ(night.max_attempts, 4);
  EXPECT_EQ(night.max_dispatches, 50);
  EXPECT_EQ(night.on_unknown, OnUnknown::kFail);
  EXPECT_EQ(night.backoff.base, absl::Milliseconds(250));
  EXPECT_EQ(night.backoff.cap, absl::Seconds(2));
  EXPECT_EQ(night.time_limits.connect, absl::Seconds(1));
  EXPECT_EQ(night.time_limits.first_content, absl::Seconds(2));
  EXPECT_EQ(night.time_limits.between_content, absl::Seconds(3));
  EXPECT_EQ(night.time_limits.total, absl::Seconds(4));
}

TEST(PlanFromConfig, MakesACalendarOfQuietHours) {
  const Plan plan = PlanOf(R"(
classes:
- name: night
  quiet_hours:
    time_zone: Asia/Shanghai
    windows:
    - {days: [friday], from: "22:00", to: "06:00"}
    - {days: [sunday], from: "12:00", to: "00:00"}
    holidays: [2026-10-01]
)");
  ASSERT_TRUE(plan.classes[0].quiet_hours.has_value());
  EXPECT_TRUE(plan.classes[0].hold_by_default);
  const Calendar& quiet = *plan.classes[0].quiet_hours;
  absl::TimeZone shanghai;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Shanghai", &shanghai));
  const auto is_open = [&](int month, int day, int hour, int minute) {
    return quiet.IsOpen(
        absl::FromCivil(absl::CivilSecond(2026, month, day, hour, minute, 0), shanghai));
  };
  EXPECT_FALSE(is_open(9, 18, 21, 59));  // A Friday.
  EXPECT_TRUE(is_open(9, 18, 22, 0));
  EXPECT_TRUE(is_open(9, 19, 5, 59));
  EXPECT_FALSE(is_open(9, 19, 6, 0));
  EXPECT_TRUE(is_open(9, 20, 23, 59));
  EXPECT_FALSE(is_open(9, 21, 0, 0));
  EXPECT_TRUE(is_open(10, 1, 15, 0));
  EXPECT_FALSE(is_open(10, 2, 15, 0));
}

TEST(PlanFromConfig, OpensWindowsWithoutDaysEveryDay) {
  const Plan plan =
      PlanOf("classes: [{name: a, quiet_hours: {windows: [{from: \"01:00\", to: \"02:00\"}]}}]");
  ASSERT_EQ(plan.classes[0].quiet_hours->windows().size(), 1u);
  EXPECT_THAT(plan.classes[0].quiet_hours->windows()[0].days,
              ElementsAre(true, true, true, true, true, true, true));
}

TEST(PlanFromConfig, ResolvesAccountsUpstreamsAndRoutes) {
  const Plan plan = PlanOf(R"(
accounts:
- {name: first}
- {name: shared, concurrency: 5, requests: {count: 10, window: 1s}}
upstreams:
- {name: one, base_url: https://one.example/v1, account: shared, credential: key, tags: [b, a]}
- {name: two, base_url: https://two.example, headers: {X-B: "2", X-A: "1"}}
route_groups:
- name: chat
  models: [m1, m2]
  upstreams:
  - {upstream: two, weight: 3}
  - {upstream: one, model: sent}
- name: rest
  models: ["*"]
  upstreams: [{upstream: one}]
)");
  ASSERT_EQ(plan.accounts.size(), 3u);
  EXPECT_EQ(plan.accounts[1].concurrency, 5);
  EXPECT_EQ(plan.accounts[1].requests->count, 10);
  EXPECT_EQ(plan.accounts[1].requests->window, absl::Seconds(1));
  EXPECT_EQ(plan.accounts[2].name, "two");

  ASSERT_EQ(plan.upstreams.size(), 2u);
  EXPECT_EQ(plan.upstreams[0].account, 1);
  EXPECT_EQ(plan.upstreams[0].base_url, "https://one.example/v1");
  EXPECT_EQ(plan.upstreams[0].credential, "key");
  EXPECT_THAT(plan.upstreams[0].tags, ElementsAre("a", "b"));
  EXPECT_EQ(plan.upstreams[1].account, 2);
  EXPECT_THAT(plan.upstreams[1].headers, ElementsAre(Pair("X-A", "1"), Pair("X-B", "2")));

  ASSERT_EQ(plan.route_groups.size(), 2u);
  ASSERT_EQ(plan.route_groups[0].members.size(), 2u);
  EXPECT_EQ(plan.route_groups[0].members[0].upstream, 1);
  EXPECT_EQ(plan.route_groups[0].members[0].weight, 3);
  EXPECT_EQ(plan.route_groups[0].members[0].model, "");
  EXPECT_EQ(plan.route_groups[0].members[1].upstream, 0);
  EXPECT_EQ(plan.route_groups[0].members[1].model, "sent");
  EXPECT_EQ(plan.RouteForModel("m2"), 0);
  EXPECT_EQ(plan.RouteForModel("other"), 1);
}

TEST(PlanFromConfig, CarriesTheServersLimits) {
  const Plan plan = PlanOf(
      "lease: {duration: 10s}\n"
      "limits: {max_live_jobs: 100, max_live_bytes: 2MiB, max_live_jobs_per_tenant: 10,"
      " max_live_bytes_per_tenant: 1MiB}\n"
      "retention: {request_ids: 48h}\n");
  EXPECT_EQ(plan.lease_duration, absl::Seconds(10));
  EXPECT_EQ(plan.max_live_jobs, 100);
  EXPECT_EQ(plan.max_live_bytes, 2 << 20);
  EXPECT_EQ(plan.max_live_jobs_per_tenant, 10);
  EXPECT_EQ(plan.max_live_bytes_per_tenant, 1 << 20);
  EXPECT_EQ(plan.idempotency_window, absl::Hours(48));
}

TEST(PlanFromConfig, RefusesAConfigurationThatWasNotChecked) {
  v1::ServerConfig config;
  config.add_upstreams()->set_account("missing");
  EXPECT_THAT(std::string(PlanFromConfig(config).status().message()),
              HasSubstr("there is no account \"missing\""));
  config.Clear();
  config.add_route_groups()->add_upstreams()->set_upstream("missing");
  EXPECT_EQ(PlanFromConfig(config).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lull
