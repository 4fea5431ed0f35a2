#include "server/config/server_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/url/host_port.h"
#include "server/config/class_check.h"
#include "server/config/server_config_defaults.h"

namespace lull {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kMaxBytes = int64_t{1} << 50;
constexpr int64_t kMaxJobs = 1'000'000'000;
constexpr int kMaxTenants = 10'000;
constexpr int kMaxTokens = 10'000;
constexpr std::size_t kSha256Digits = 64;
constexpr absl::Duration kDay = absl::Hours(24);

// The address, if it is right.
absl::StatusOr<HostPort> CheckAddress(const std::string& path, const std::string& address,
                                      ConfigCheck* check) {
  absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  if (!parsed.ok()) check->Wrong(path, parsed.status().message());
  return parsed;
}

// Strangers must not find an open door by accident.
void CheckListening(const v1::ServerConfig& config, ConfigCheck* check) {
  const bool insecure_allowed = config.auth().allow_insecure_listen();
  if (!config.grpc_address().empty()) {
    const auto address = CheckAddress("grpc_address", config.grpc_address(), check);
    const bool knows_callers =
        config.auth().tokens_size() > 0 || !config.tls().client_ca_file().empty();
    if (address.ok() && !address->local && !insecure_allowed &&
        !(config.has_tls() && knows_callers)) {
      check->Wrong("grpc_address",
                   absl::StrCat("\"", config.grpc_address(),
                                "\" can be reached by others: that needs tls, and auth.tokens or "
                                "tls.client_ca_file, or auth.allow_insecure_listen: true"));
    }
  }
  if (config.http_address().empty() || config.http_address() == kNoHttpPort) return;
  const auto address = CheckAddress("http_address", config.http_address(), check);
  if (!address.ok()) return;
  if (!address->unix_path.empty()) {
    check->Wrong("http_address", "cannot be a Unix socket; write it like 127.0.0.1:7412");
  } else if (!address->local && !insecure_allowed) {
    check->Wrong("http_address",
                 absl::StrCat("\"", config.http_address(),
                              "\" can be reached by others, and this port has no TLS: that needs "
                              "auth.allow_insecure_listen: true"));
  }
}

void CheckServerLimits(const v1::ServerLimits& limits, ConfigCheck* check) {
  check->Range("limits.max_request_body_bytes", limits.max_request_body_bytes(), 1, 16 * kMiB);
  check->Range("limits.max_response_body_bytes", limits.max_response_body_bytes(), 1, 24 * kMiB);
  check->Range("limits.max_inbox_commands", limits.max_inbox_commands(), 100, 1'000'000);
  check->Range("limits.max_inbox_bytes", limits.max_inbox_bytes(), 32 * kMiB, kMaxBytes);
  check->Range("limits.max_live_jobs", limits.max_live_jobs(), 1, kMaxJobs);
  check->Range("limits.max_live_bytes", limits.max_live_bytes(), 1, kMaxBytes);
  check->Range("limits.max_live_jobs_per_tenant", limits.max_live_jobs_per_tenant(), 1, kMaxJobs);
  check->Range("limits.max_live_bytes_per_tenant", limits.max_live_bytes_per_tenant(), 1,
               kMaxBytes);
  check->Range("limits.max_request_ids", limits.max_request_ids(), 1, kMaxJobs);
}

void CheckTenants(const v1::ServerConfig& config, ConfigCheck* check) {
  check->Count("tenants", config.tenants_size(), 0, kMaxTenants);
  std::vector<std::string> names;
  for (int i = 0; i < config.tenants_size(); ++i) {
    const v1::TenantConfig& tenant = config.tenants(i);
    const std::string path = absl::StrCat("tenants[", i, "]");
    check->Name(path + ".name", tenant.name());
    check->Range(path + ".weight", tenant.weight(), 1, 1000);
    CheckLimits(path + ".limits", tenant.limits(), check);
    check->Range(path + ".max_live_jobs", tenant.max_live_jobs(), 1, kMaxJobs);
    check->Range(path + ".max_live_bytes", tenant.max_live_bytes(), 1, kMaxBytes);
    names.push_back(tenant.name());
  }
  check->DifferentNames("tenants", names);
}

void CheckRetention(const v1::RetentionConfig& retention, ConfigCheck* check) {
  check->Time("retention.finished_jobs", retention.has_finished_jobs(), retention.finished_jobs(),
              absl::Hours(1), 3660 * kDay);
  check->Range("retention.max_finished_bytes", retention.max_finished_bytes(), kMiB, kMaxBytes);
  check->Time("retention.events", retention.has_events(), retention.events(), absl::Hours(1),
              3660 * kDay);
  check->Time("retention.request_ids", retention.has_request_ids(), retention.request_ids(), kDay,
              366 * kDay);
}

void CheckTls(const v1::ServerConfig& config, ConfigCheck* check) {
  if (!config.has_tls()) return;
  if (config.tls().certificate_file().empty()) check->MissingUnlessGiven("tls.certificate_file");
  if (config.tls().key_file().empty()) check->MissingUnlessGiven("tls.key_file");
}

bool IsSha256(const std::string& text) {
  return text.size() == kSha256Digits &&
         std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

void CheckTokens(const v1::AuthConfig& auth, ConfigCheck* check) {
  check->Count("auth.tokens", auth.tokens_size(), 0, kMaxTokens);
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> hashes;
  for (int i = 0; i < auth.tokens_size(); ++i) {
    const v1::TokenConfig& token = auth.tokens(i);
    const std::string path = absl::StrCat("auth.tokens[", i, "]");
    check->Name(path + ".name", token.name());
    check->OptionalName(path + ".tenant", token.tenant());
    check->Count(path + ".roles", token.roles_size(), 1, 3);
    if (token.sha256().empty()) check->MissingUnlessGiven(path + ".sha256");
    // Not with its value: it may be a token that was not hashed.
    if (!IsSha256(token.sha256())) {
      check->Wrong(path + ".sha256", "is not a SHA-256 of 64 hexadecimal digits");
    } else if (!hashes.insert(absl::AsciiStrToLower(token.sha256())).second) {
      check->Wrong(path + ".sha256", "is in the list already");
    }
    names.push_back(token.name());
  }
  check->DifferentNames("auth.tokens", names);
}

void CheckCurrency(const v1::ServerConfig& config, ConfigCheck* check) {
  const std::string& code = config.currency();
  if (code.empty()) return;
  if (code.size() == 3 && std::all_of(code.begin(), code.end(), absl::ascii_isupper)) return;
  check->Wrong("currency", absl::StrCat(QuotedValue(code),
                                        " is not a currency: write its ISO 4217 code, like USD"));
}

}  // namespace

void CheckServer(const v1::ServerConfig& config, ConfigCheck* check) {
  CheckListening(config, check);
  CheckServerLimits(config.limits(), check);
  CheckTenants(config, check);
  CheckRetention(config.retention(), check);
  CheckTls(config, check);
  CheckTokens(config.auth(), check);
  CheckCurrency(config, check);
  check->Time("lease.duration", config.lease().has_duration(), config.lease().duration(),
              absl::Seconds(5), absl::Minutes(10));
  check->Time("drain_grace", config.has_drain_grace(), config.drain_grace(), absl::ZeroDuration(),
              absl::Hours(1));
  if (config.response_cache().has_max_bytes()) {
    check->Range("response_cache.max_bytes", config.response_cache().max_bytes(), 0, kMaxBytes);
  }
}

}  // namespace lull
