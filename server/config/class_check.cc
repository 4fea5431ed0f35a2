#include "server/config/class_check.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/config/calendar_check.h"
#include "server/config/decimal_micros.h"
#include "server/config/server_config_defaults.h"

namespace lull {
namespace {

constexpr int kMaxClasses = 64;
constexpr int kMaxFallbackSteps = 8;
constexpr std::size_t kMaxTemplateBytes = 16 << 10;
constexpr absl::Duration kDay = absl::Hours(24);
// Shares are written as decimal fractions, whose sum is not exact in binary.
constexpr double kShareSlack = 1e-9;

void CheckShares(const std::string& path, const v1::ClassConfig& config, ConfigCheck* check) {
  if (config.has_guaranteed_share()) {
    check->Fraction(path + ".guaranteed_share", config.guaranteed_share(), kMinGuaranteedShare, 1);
  }
  if (config.has_max_share()) {
    const double least =
        config.has_guaranteed_share() ? config.guaranteed_share() : kMinGuaranteedShare;
    check->Fraction(path + ".max_share", config.max_share(), least, 1);
  }
}

void CheckTimeLimits(const std::string& path, const v1::TimeLimits& limits, ConfigCheck* check) {
  const absl::Duration least = absl::Milliseconds(100);
  check->Time(path + ".connect", limits.has_connect(), limits.connect(), least, absl::Minutes(5));
  check->Time(path + ".first_content", limits.has_first_content(), limits.first_content(), least,
              kDay);
  check->Time(path + ".between_content", limits.has_between_content(), limits.between_content(),
              least, kDay);
  check->Time(path + ".total", limits.has_total(), limits.total(), least, kDay);
}

void CheckBackoff(const std::string& path, const v1::Backoff& backoff, ConfigCheck* check) {
  check->Time(path + ".base", backoff.has_base(), backoff.base(), absl::Milliseconds(1),
              absl::Hours(1));
  const absl::Duration base =
      backoff.has_base() ? ConfigDuration(backoff.base()) : absl::Milliseconds(1);
  check->Time(path + ".cap", backoff.has_cap(), backoff.cap(), base, kDay);
}

void CheckQuietHours(const std::string& path, const v1::QuietHours& quiet, ConfigCheck* check) {
  CheckWindows(path + ".windows", quiet.windows(), check);
  CheckTimeZone(path + ".time_zone", quiet.time_zone(), check);
  CheckDays(path + ".holidays", quiet.holidays(), check);
  check->Range(path + ".hours", quiet.hours(), 1, 23);
  if (quiet.windows().empty() && quiet.holidays().empty() && quiet.hours() == 0 &&
      !quiet.off_peak()) {
    check->Wrong(path,
                 "names no time, so that jobs would be held until their deadlines; give windows, "
                 "holidays, hours or off_peak");
  }
}

void CheckFallback(const std::string& path, const v1::FallbackPolicy& fallback,
                   const std::vector<std::string>& route_groups, ConfigCheck* check) {
  check->Count(path + ".steps", fallback.steps_size(), 0, kMaxFallbackSteps);
  for (int i = 0; i < fallback.steps_size(); ++i) {
    const v1::FallbackStep& step = fallback.steps(i);
    const std::string step_path = absl::StrCat(path, ".steps[", i, "]");
    switch (step.step_case()) {
      case v1::FallbackStep::kUpstreamKind:
        if (step.upstream_kind() == v1::UPSTREAM_KIND_PRIMARY) {
          check->Wrong(step_path + ".upstream_kind",
                       "primary is what a fallback stands in for; fallback and local are allowed");
        }
        break;
      case v1::FallbackStep::kRouteGroup:
        check->Reference(step_path + ".route_group", step.route_group(), "route group",
                         route_groups);
        break;
      case v1::FallbackStep::kTemplateText:
        if (step.template_text().empty() || step.template_text().size() > kMaxTemplateBytes) {
          check->Wrong(step_path + ".template_text",
                       absl::StrCat("has ", step.template_text().size(), " bytes; from 1 to ",
                                    kMaxTemplateBytes, " are allowed"));
        }
        break;
      case v1::FallbackStep::STEP_NOT_SET:
        check->Wrong(step_path, "needs upstream_kind, route_group or template_text");
        break;
    }
  }
}

void CheckClass(const std::string& path, const v1::ClassConfig& config,
                const std::vector<std::string>& route_groups, ConfigCheck* check) {
  check->Name(path + ".name", config.name());
  check->Range(path + ".priority", config.priority(), 0, 100);
  CheckShares(path, config, check);
  CheckLimits(path + ".limits", config.limits(), check);
  check->Time(path + ".ttl", config.has_ttl(), config.ttl(), absl::Seconds(1), 366 * kDay);
  check->Range(path + ".max_attempts", config.max_attempts(), 1, 100);
  check->Range(path + ".max_dispatches", config.max_dispatches(), 1, 10'000);
  CheckBackoff(path + ".backoff", config.backoff(), check);
  CheckTimeLimits(path + ".time_limits", config.time_limits(), check);
  if (config.has_quiet_hours()) {
    CheckQuietHours(path + ".quiet_hours", config.quiet_hours(), check);
  }
  CheckFallback(path + ".fallback", config.fallback(), route_groups, check);
  check->Time(path + ".cache.ttl", config.cache().has_ttl(), config.cache().ttl(), absl::Seconds(1),
              30 * kDay);
  check->Time(path + ".keep_finished", config.has_keep_finished(), config.keep_finished(),
              absl::Hours(1), 3660 * kDay);
}

void CheckDefaultClass(const v1::ServerConfig& config, const std::vector<std::string>& names,
                       ConfigCheck* check) {
  if (config.default_class().empty()) return;
  if (!names.empty()) {
    return check->Reference("default_class", config.default_class(), "class", names);
  }
  std::vector<std::string> shipped;
  for (const v1::ClassConfig& shipped_class : DefaultClasses()) {
    shipped.push_back(shipped_class.name());
  }
  check->Reference("default_class", config.default_class(), "class", shipped);
}

}  // namespace

void CheckClasses(const v1::ServerConfig& config, ConfigCheck* check) {
  std::vector<std::string> route_groups;
  for (const v1::RouteGroupConfig& group : config.route_groups()) {
    route_groups.push_back(group.name());
  }
  check->Count("classes", config.classes_size(), 0, kMaxClasses);
  std::vector<std::string> names;
  double guaranteed = 0;
  for (int i = 0; i < config.classes_size(); ++i) {
    const v1::ClassConfig& class_config = config.classes(i);
    CheckClass(absl::StrCat("classes[", i, "]"), class_config, route_groups, check);
    names.push_back(class_config.name());
    guaranteed +=
        class_config.has_guaranteed_share() ? class_config.guaranteed_share() : kMinGuaranteedShare;
  }
  check->DifferentNames("classes", names);
  if (guaranteed > 1 + kShareSlack) {
    check->Wrong("classes", absl::StrCat("guarantee a share of ", guaranteed,
                                         " together; at most 1 can be guaranteed (",
                                         kMinGuaranteedShare, " where none is given)"));
  }
  CheckDefaultClass(config, names, check);
}

void CheckLimits(const std::string& path, const v1::Limits& limits, ConfigCheck* check) {
  if (limits.has_concurrency()) {
    check->Range(path + ".concurrency", limits.concurrency(), 1, kMaxConcurrency);
  }
  CheckRateLimit(path + ".requests", limits.has_requests(), limits.requests(),
                 kMaxRequestsPerWindow, check);
  CheckRateLimit(path + ".tokens", limits.has_tokens(), limits.tokens(), kMaxTokensPerWindow,
                 check);
  if (limits.has_money_per_day()) {
    const absl::StatusOr<int64_t> micros = ParseDecimalMicros(limits.money_per_day());
    if (!micros.ok()) check->Wrong(path + ".money_per_day", micros.status().message());
  }
}

void CheckRateLimit(const std::string& path, bool given, const v1::RateLimit& limit,
                    int64_t max_count, ConfigCheck* check) {
  if (!given) return;
  if (limit.count() == 0) check->MissingUnlessGiven(path + ".count");
  check->Range(path + ".count", limit.count(), 1, max_count);
  check->Time(path + ".window", limit.has_window(), limit.window(), absl::Seconds(1), kDay);
}

}  // namespace lull
