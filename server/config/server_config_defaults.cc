#include "server/config/server_config_defaults.h"

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

namespace lull {
namespace {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int64_t kGiB = 1024 * kMiB;
constexpr absl::Duration kDay = absl::Hours(24);
constexpr char kStandard[] = "standard";

void Set(google::protobuf::Duration* field, absl::Duration value) {
  absl::Duration rest;
  field->set_seconds(absl::IDivDuration(value, absl::Seconds(1), &rest));
  field->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

// Not functions, since asking for a field has to come before making it.
#define LULL_DEFAULT_DURATION(message, field, value) \
  if (!(message)->has_##field()) Set((message)->mutable_##field(), (value))
#define LULL_DEFAULT_NUMBER(message, field, value) \
  if ((message)->field() == 0) (message)->set_##field(value)
#define LULL_DEFAULT_TEXT(message, field, value) \
  if ((message)->field().empty()) (message)->set_##field(value)

void FillInLimits(v1::ServerLimits* limits) {
  LULL_DEFAULT_NUMBER(limits, max_request_body_bytes, 4 * kMiB);
  LULL_DEFAULT_NUMBER(limits, max_response_body_bytes, 16 * kMiB);
  LULL_DEFAULT_NUMBER(limits, max_inbox_commands, 10'000);
  LULL_DEFAULT_NUMBER(limits, max_inbox_bytes, 64 * kMiB);
  LULL_DEFAULT_NUMBER(limits, max_live_jobs, 10'000'000);
  LULL_DEFAULT_NUMBER(limits, max_live_bytes, 64 * kGiB);
  LULL_DEFAULT_NUMBER(limits, max_live_jobs_per_tenant, limits->max_live_jobs());
  LULL_DEFAULT_NUMBER(limits, max_live_bytes_per_tenant, limits->max_live_bytes());
  LULL_DEFAULT_NUMBER(limits, max_request_ids, 20'000'000);
}

void FillInWindow(v1::RateLimit* limit) { LULL_DEFAULT_DURATION(limit, window, absl::Minutes(1)); }

void FillInWindows(v1::Limits* limits) {
  if (limits->has_requests()) FillInWindow(limits->mutable_requests());
  if (limits->has_tokens()) FillInWindow(limits->mutable_tokens());
}

void FillInClass(const v1::RetentionConfig& retention, v1::ClassConfig* config) {
  if (!config->has_guaranteed_share()) config->set_guaranteed_share(kMinGuaranteedShare);
  if (!config->has_max_share()) config->set_max_share(1);
  if (config->has_limits()) FillInWindows(config->mutable_limits());
  LULL_DEFAULT_DURATION(config, ttl, kDay);
  LULL_DEFAULT_NUMBER(config, max_attempts, 3);
  LULL_DEFAULT_NUMBER(config, max_dispatches, 200);
  LULL_DEFAULT_NUMBER(config, on_unknown, v1::ON_UNKNOWN_RETRY);
  v1::Backoff* backoff = config->mutable_backoff();
  LULL_DEFAULT_DURATION(backoff, base, absl::Seconds(1));
  LULL_DEFAULT_DURATION(backoff, cap, absl::Seconds(10));
  v1::TimeLimits* limits = config->mutable_time_limits();
  LULL_DEFAULT_DURATION(limits, connect, absl::Seconds(10));
  LULL_DEFAULT_DURATION(limits, first_content, absl::Minutes(10));
  LULL_DEFAULT_DURATION(limits, between_content, absl::Minutes(2));
  LULL_DEFAULT_DURATION(limits, total, absl::Minutes(30));
  if (config->has_quiet_hours()) LULL_DEFAULT_TEXT(config->mutable_quiet_hours(), time_zone, "UTC");
  v1::CachePolicy* cache = config->mutable_cache();
  LULL_DEFAULT_NUMBER(cache, mode, v1::CACHE_MODE_OFF);
  LULL_DEFAULT_DURATION(cache, ttl, absl::Hours(1));
  if (!config->has_keep_finished()) *config->mutable_keep_finished() = retention.finished_jobs();
}

void FillInAccounts(v1::ServerConfig* config) {
  absl::flat_hash_set<std::string> names;
  for (v1::AccountConfig& account : *config->mutable_accounts()) {
    names.insert(account.name());
    if (account.has_requests()) FillInWindow(account.mutable_requests());
    if (account.has_tokens()) FillInWindow(account.mutable_tokens());
    for (v1::Tariff& tariff : *account.mutable_tariffs()) {
      LULL_DEFAULT_TEXT(&tariff, time_zone, "UTC");
    }
  }
  for (v1::UpstreamConfig& upstream : *config->mutable_upstreams()) {
    LULL_DEFAULT_NUMBER(&upstream, kind, v1::UPSTREAM_KIND_PRIMARY);
    LULL_DEFAULT_TEXT(&upstream, account, upstream.name());
    if (names.insert(upstream.account()).second) {
      config->add_accounts()->set_name(upstream.account());
    }
  }
}

void FillInRoutes(v1::ServerConfig* config) {
  for (v1::RouteGroupConfig& group : *config->mutable_route_groups()) {
    if (group.models().empty()) group.add_models(group.name());
    for (v1::RouteConfig& route : *group.mutable_upstreams())
      LULL_DEFAULT_NUMBER(&route, weight, 1);
  }
}

void FillInTenants(v1::ServerConfig* config) {
  for (v1::TenantConfig& tenant : *config->mutable_tenants()) {
    LULL_DEFAULT_NUMBER(&tenant, weight, 1);
    if (tenant.has_limits()) FillInWindows(tenant.mutable_limits());
    LULL_DEFAULT_NUMBER(&tenant, max_live_jobs, config->limits().max_live_jobs_per_tenant());
    LULL_DEFAULT_NUMBER(&tenant, max_live_bytes, config->limits().max_live_bytes_per_tenant());
  }
  for (v1::TokenConfig& token : *config->mutable_auth()->mutable_tokens()) {
    LULL_DEFAULT_TEXT(&token, tenant, "default");
  }
}

std::string DefaultClass(const v1::ServerConfig& config) {
  for (const v1::ClassConfig& class_config : config.classes()) {
    if (class_config.name() == kStandard) return kStandard;
  }
  return config.classes(0).name();
}

}  // namespace

google::protobuf::RepeatedPtrField<v1::ClassConfig> DefaultClasses() {
  google::protobuf::RepeatedPtrField<v1::ClassConfig> classes;
  v1::ClassConfig* interactive = classes.Add();
  interactive->set_name("interactive");
  interactive->set_priority(20);
  interactive->set_guaranteed_share(0.5);
  v1::ClassConfig* standard = classes.Add();
  standard->set_name(kStandard);
  standard->set_priority(10);
  standard->set_guaranteed_share(0.2);
  classes.Add()->set_name("batch");
  return classes;
}

void FillInDefaults(v1::ServerConfig* config) {
  LULL_DEFAULT_TEXT(config, grpc_address, "127.0.0.1:7411");
  LULL_DEFAULT_TEXT(config, http_address, "127.0.0.1:7412");
  LULL_DEFAULT_TEXT(config, data_dir, "./lull-data");
  LULL_DEFAULT_TEXT(config, currency, "USD");
  LULL_DEFAULT_DURATION(config->mutable_lease(), duration, absl::Seconds(30));
  LULL_DEFAULT_DURATION(config, drain_grace, absl::Seconds(30));
  if (!config->has_send_request_id()) config->set_send_request_id(true);
  FillInLimits(config->mutable_limits());
  v1::RetentionConfig* retention = config->mutable_retention();
  LULL_DEFAULT_DURATION(retention, finished_jobs, 7 * kDay);
  LULL_DEFAULT_DURATION(retention, events, 3 * kDay);
  LULL_DEFAULT_DURATION(retention, request_ids, kDay);
  if (!config->response_cache().has_max_bytes()) {
    config->mutable_response_cache()->set_max_bytes(kGiB);
  }
  if (config->classes().empty()) *config->mutable_classes() = DefaultClasses();
  LULL_DEFAULT_TEXT(config, default_class, DefaultClass(*config));
  for (v1::ClassConfig& class_config : *config->mutable_classes()) {
    FillInClass(*retention, &class_config);
  }
  FillInAccounts(config);
  FillInRoutes(config);
  FillInTenants(config);
}

#undef LULL_DEFAULT_DURATION
#undef LULL_DEFAULT_NUMBER
#undef LULL_DEFAULT_TEXT

}  // namespace lull
