#include "server/config/plan_from_config.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "base/status_macros.h"
#include "base/yaml/config_check.h"
#include "server/config/calendar_text.h"

namespace lull {
namespace {

std::optional<RateLimit> RateLimitOf(bool given, const v1::RateLimit& limit) {
  if (!given) return std::nullopt;
  return RateLimit{limit.count(), ConfigDuration(limit.window())};
}

absl::StatusOr<Calendar::Window> WindowOf(const v1::DayWindow& config) {
  Calendar::Window window;
  window.days.fill(config.days().empty());
  for (const int day : config.days()) {
    if (day < v1::WEEKDAY_MONDAY || day > v1::WEEKDAY_SUNDAY) {
      return absl::InvalidArgumentError(absl::StrCat(day, " is not a day of the week"));
    }
    window.days[day - v1::WEEKDAY_MONDAY] = true;
  }
  LULL_ASSIGN_OR_RETURN(window.from_minute, ParseFromMinute(config.from()));
  LULL_ASSIGN_OR_RETURN(window.to_minute, ParseToMinute(config.to()));
  return window;
}

absl::StatusOr<Calendar> CalendarOf(const v1::QuietHours& config) {
  std::vector<Calendar::Window> windows;
  for (const v1::DayWindow& window_config : config.windows()) {
    LULL_ASSIGN_OR_RETURN(const Calendar::Window window, WindowOf(window_config));
    windows.push_back(window);
  }
  std::vector<absl::CivilDay> holidays;
  for (const std::string& holiday : config.holidays()) {
    LULL_ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(holiday));
    holidays.push_back(day);
  }
  LULL_ASSIGN_OR_RETURN(const absl::TimeZone zone, ParseTimeZone(config.time_zone()));
  return Calendar(std::move(windows), zone, std::move(holidays));
}

TimeLimits TimeLimitsOf(const v1::TimeLimits& config) {
  TimeLimits limits;
  limits.connect = ConfigDuration(config.connect());
  limits.first_content = ConfigDuration(config.first_content());
  limits.between_content = ConfigDuration(config.between_content());
  limits.total = ConfigDuration(config.total());
  return limits;
}

absl::StatusOr<QuotaClass> ClassOf(const v1::ClassConfig& config) {
  QuotaClass quota_class;
  quota_class.name = config.name();
  quota_class.priority = config.priority();
  quota_class.guaranteed_share = config.guaranteed_share();
  quota_class.max_share = config.max_share();
  if (config.limits().has_concurrency()) {
    quota_class.concurrency = config.limits().concurrency();
  }
  quota_class.requests = RateLimitOf(config.limits().has_requests(), config.limits().requests());
  quota_class.ttl = ConfigDuration(config.ttl());
  quota_class.max_attempts = config.max_attempts();
  quota_class.max_dispatches = config.max_dispatches();
  quota_class.on_unknown =
      config.on_unknown() == v1::ON_UNKNOWN_FAIL ? OnUnknown::kFail : OnUnknown::kRetry;
  quota_class.backoff.base = ConfigDuration(config.backoff().base());
  quota_class.backoff.cap = ConfigDuration(config.backoff().cap());
  quota_class.time_limits = TimeLimitsOf(config.time_limits());
  if (config.has_quiet_hours()) {
    LULL_ASSIGN_OR_RETURN(quota_class.quiet_hours, CalendarOf(config.quiet_hours()));
    quota_class.hold_by_default = true;
  }
  return quota_class;
}

Account AccountOf(const v1::AccountConfig& config) {
  Account account;
  account.name = config.name();
  if (config.has_concurrency()) account.concurrency = config.concurrency();
  account.requests = RateLimitOf(config.has_requests(), config.requests());
  return account;
}

UpstreamKind KindOf(v1::UpstreamKind kind) {
  switch (kind) {
    case v1::UPSTREAM_KIND_FALLBACK:
      return UpstreamKind::kFallback;
    case v1::UPSTREAM_KIND_LOCAL:
      return UpstreamKind::kLocal;
    default:
      return UpstreamKind::kPrimary;
  }
}

absl::StatusOr<Upstream> UpstreamOf(const v1::UpstreamConfig& config, const Plan& plan) {
  Upstream upstream;
  upstream.name = config.name();
  upstream.base_url = config.base_url();
  const auto account =
      std::find_if(plan.accounts.begin(), plan.accounts.end(),
                   [&config](const Account& a) { return a.name == config.account(); });
  if (account == plan.accounts.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "upstream \"", config.name(), "\": there is no account \"", config.account(), "\""));
  }
  upstream.account = static_cast<int>(account - plan.accounts.begin());
  upstream.credential = config.credential();
  upstream.tags.assign(config.tags().begin(), config.tags().end());
  std::sort(upstream.tags.begin(), upstream.tags.end());
  upstream.kind = KindOf(config.kind());
  // In an order that does not change from one run to the next.
  const absl::btree_map<std::string, std::string> headers(config.headers().begin(),
                                                          config.headers().end());
  upstream.headers.assign(headers.begin(), headers.end());
  return upstream;
}

absl::StatusOr<RouteGroup> RouteGroupOf(const v1::RouteGroupConfig& config, const Plan& plan) {
  RouteGroup group;
  group.name = config.name();
  group.models.assign(config.models().begin(), config.models().end());
  for (const v1::RouteConfig& route : config.upstreams()) {
    const std::optional<int> upstream = plan.FindUpstream(route.upstream());
    if (!upstream.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "route group \"", config.name(), "\": there is no upstream \"", route.upstream(), "\""));
    }
    group.members.push_back({*upstream, route.weight(), route.model()});
  }
  return group;
}

}  // namespace

absl::StatusOr<Plan> PlanFromConfig(const v1::ServerConfig& config) {
  Plan plan;
  for (const v1::ClassConfig& class_config : config.classes()) {
    LULL_ASSIGN_OR_RETURN(QuotaClass quota_class, ClassOf(class_config));
    plan.classes.push_back(std::move(quota_class));
  }
  for (const v1::AccountConfig& account : config.accounts()) {
    plan.accounts.push_back(AccountOf(account));
  }
  for (const v1::UpstreamConfig& upstream_config : config.upstreams()) {
    LULL_ASSIGN_OR_RETURN(Upstream upstream, UpstreamOf(upstream_config, plan));
    plan.upstreams.push_back(std::move(upstream));
  }
  for (const v1::RouteGroupConfig& group_config : config.route_groups()) {
    LULL_ASSIGN_OR_RETURN(RouteGroup group, RouteGroupOf(group_config, plan));
    plan.route_groups.push_back(std::move(group));
  }
  plan.lease_duration = ConfigDuration(config.lease().duration());
  plan.max_live_jobs = config.limits().max_live_jobs();
  plan.max_live_bytes = config.limits().max_live_bytes();
  plan.max_live_jobs_per_tenant = config.limits().max_live_jobs_per_tenant();
  plan.max_live_bytes_per_tenant = config.limits().max_live_bytes_per_tenant();
  plan.max_idempotency_keys = config.limits().max_request_ids();
  plan.idempotency_window = ConfigDuration(config.retention().request_ids());
  return plan;
}

}  // namespace lull
