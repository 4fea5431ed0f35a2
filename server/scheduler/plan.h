// What the operator configured, as the scheduler and the engine use it: quota classes, accounts,
// upstreams and route groups, already checked (server/config makes it). Immutable once made and
// shared by all threads.
//
// Indexes into the vectors name things inside one plan; names are what is durable.
#ifndef LULL_SERVER_SCHEDULER_PLAN_H_
#define LULL_SERVER_SCHEDULER_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/scheduler/calendar.h"

namespace lull {

// At most `count` in any window of this length.
struct RateLimit {
  int64_t count = 0;  // 1..1,000,000
  absl::Duration window = absl::Minutes(1);
};

// Exponential backoff with full jitter: the n-th delay is uniform in [0, min(cap, base * 2^n)].
struct BackoffPolicy {
  absl::Duration base = absl::Seconds(1);
  absl::Duration cap = absl::Seconds(10);
};

// Of one attempt, all counted from its start but `between_content`.
struct TimeLimits {
  absl::Duration connect = absl::Seconds(10);
  absl::Duration first_content = absl::Minutes(2);
  absl::Duration between_content = absl::Minutes(1);
  absl::Duration total = absl::Minutes(10);
};

// What follows an attempt whose worker was lost.
enum class OnUnknown : uint8_t { kRetry, kFail };

struct QuotaClass {
  std::string name;
  int32_t priority = 0;           // larger goes first
  double guaranteed_share = 0.0;  // of an account's capacity, 0..1
  double max_share = 1.0;
  std::optional<int64_t> concurrency;  // calls at a time
  std::optional<RateLimit> requests;
  absl::Duration ttl = absl::Hours(24);  // the deadline of a job that sets none
  int32_t max_attempts = 3;
  int32_t max_dispatches = 200;
  OnUnknown on_unknown = OnUnknown::kRetry;
  BackoffPolicy backoff;
  TimeLimits time_limits;
  std::optional<Calendar> quiet_hours;  // held outside, unless the job says ANY_TIME
  bool hold_by_default = false;         // whether a job with run_when = class default is held
};

struct Account {
  std::string name;
  std::optional<int64_t> concurrency;
  std::optional<RateLimit> requests;
};

enum class UpstreamKind : uint8_t { kPrimary, kFallback, kLocal };

struct Upstream {
  std::string name;
  std::string base_url;
  int account = 0;
  std::string credential;         // empty: none needed
  std::vector<std::string> tags;  // sorted
  UpstreamKind kind = UpstreamKind::kPrimary;
  std::vector<std::pair<std::string, std::string>> headers;

  // All of these tags (sorted).
  bool Carries(const std::vector<std::string>& required) const;
};

struct RouteMember {
  int upstream = 0;
  int32_t weight = 1;  // 1..1000
  std::string model;   // to send; empty: as the job has it
};

struct RouteGroup {
  static constexpr int kMaxMembers = 32;  // LiveState::avoid_upstreams has a bit for each
  std::string name;
  std::vector<std::string> models;  // the job's model that it serves; "*" serves what no other does
  std::vector<RouteMember> members;
};

struct Plan {
  std::vector<QuotaClass> classes;
  std::vector<Account> accounts;
  std::vector<Upstream> upstreams;
  std::vector<RouteGroup> route_groups;
  absl::Duration lease_duration = absl::Seconds(30);
  absl::Duration priority_step =
      absl::Minutes(5);  // how much earlier one step of job priority counts
  int64_t max_live_jobs = 10'000'000;
  int64_t max_live_bytes = int64_t{64} << 30;  // of request bodies
  int64_t max_live_jobs_per_tenant = 10'000'000;
  int64_t max_live_bytes_per_tenant = int64_t{64} << 30;
  absl::Duration idempotency_window = absl::Hours(24);  // how long keys are kept at least
  int64_t max_idempotency_keys = 20'000'000;

  // nullopt where there is none of that name. Linear: the plan is small, callers cache what is hot.
  std::optional<int> FindClass(absl::string_view name) const;
  std::optional<int> FindUpstream(absl::string_view name) const;
  std::optional<int> FindRouteGroup(absl::string_view name) const;
  // The group that serves `model`: by exact name, else the one with "*".
  std::optional<int> RouteForModel(absl::string_view model) const;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_PLAN_H_
