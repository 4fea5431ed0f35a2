#include "worker/config/worker_config_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/url/host_port.h"
#include "base/url/upstream_url.h"
#include "worker/config/worker_id.h"

namespace lull {
namespace {

constexpr int64_t kMaxLeaseBytes = int64_t{24} << 20;
constexpr int kMaxCredentials = 256;
constexpr int kMaxOrigins = 16;
constexpr int kMaxPlainOrigins = 64;

using Origins = absl::flat_hash_set<std::string>;

bool IsVariableName(const std::string& name) {
  return !name.empty() && !absl::ascii_isdigit(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

// The origin, if it is one.
absl::StatusOr<UpstreamUrl> CheckOrigin(const std::string& path, const std::string& origin,
                                        ConfigCheck* check) {
  absl::StatusOr<UpstreamUrl> url = ParseUpstreamUrl(origin);
  if (!url.ok()) {
    check->Wrong(path, url.status().message());
  } else if (!url->path.empty()) {
    check->Wrong(path, absl::StrCat("has a path; the origin alone is \"", url->origin, "\""));
  }
  return url;
}

Origins CheckPlainOrigins(const v1::WorkerConfig& config, ConfigCheck* check) {
  check->Count("allow_plain_http", config.allow_plain_http_size(), 0, kMaxPlainOrigins);
  Origins allowed;
  for (int i = 0; i < config.allow_plain_http_size(); ++i) {
    const std::string path = absl::StrCat("allow_plain_http[", i, "]");
    const auto url = CheckOrigin(path, config.allow_plain_http(i), check);
    if (!url.ok()) continue;
    if (url->tls) check->Wrong(path, "is https, which is always allowed");
    allowed.insert(url->origin);
  }
  return allowed;
}

void CheckSource(const std::string& path, const v1::CredentialConfig& credential,
                 ConfigCheck* check) {
  switch (credential.source_case()) {
    case v1::CredentialConfig::kEnv:
      // Not with its value: people write the key itself here.
      if (!IsVariableName(credential.env())) {
        check->Wrong(path + ".env",
                     "is not the name of an environment variable: letters, digits and \"_\" are "
                     "allowed, and no digit at the beginning");
      }
      break;
    case v1::CredentialConfig::kFile:
      if (credential.file().empty()) check->Wrong(path + ".file", "is empty; name a file");
      break;
    case v1::CredentialConfig::SOURCE_NOT_SET:
      check->Wrong(path, "needs env or file, which say where its key is");
      break;
  }
}

void CheckCredential(const std::string& path, const v1::CredentialConfig& credential,
                     const Origins& plain_allowed, ConfigCheck* check) {
  check->Name(path + ".name", credential.name());
  CheckSource(path, credential, check);
  check->Count(path + ".origins", credential.origins_size(), 1, kMaxOrigins);
  for (int i = 0; i < credential.origins_size(); ++i) {
    const std::string origin_path = absl::StrCat(path, ".origins[", i, "]");
    const auto url = CheckOrigin(origin_path, credential.origins(i), check);
    if (!url.ok() || url->tls || url->loopback || plain_allowed.contains(url->origin)) continue;
    check->Wrong(origin_path,
                 absl::StrCat("\"", url->origin,
                              "\" would get the key without TLS; only https is allowed, except for "
                              "loopback addresses and the origins in allow_plain_http"));
  }
}

void CheckServerConnection(const v1::ServerConnection& server, ConfigCheck* check) {
  const bool has_tls = !server.ca_file().empty();
  if (!server.address().empty()) {
    const absl::StatusOr<HostPort> address = ParseHostPort(server.address());
    if (!address.ok()) {
      check->Wrong("server.address", address.status().message());
    } else if (address->unix_path.empty() && address->port == 0) {
      check->Wrong("server.address", "has the port 0; from 1 to 65535 are allowed");
    } else if (!address->local && !has_tls && !server.allow_insecure()) {
      check->Wrong("server.address",
                   absl::StrCat("\"", server.address(), "\" is not on this machine: that needs ",
                                "server.ca_file, or server.allow_insecure: true"));
    }
  }
  if (!server.certificate_file().empty() && (server.key_file().empty() || !has_tls)) {
    check->Wrong("server.certificate_file", "needs server.key_file and server.ca_file as well");
  }
  if (!server.key_file().empty() && server.certificate_file().empty()) {
    check->Wrong("server.key_file", "needs server.certificate_file as well");
  }
  if (!server.token().empty() && !server.token_file().empty()) {
    check->Wrong("server.token_file",
                 "cannot be given together with \"token\": choose one of them");
  }
}

}  // namespace

void CheckWorkerConfig(const v1::WorkerConfig& config, ConfigCheck* check) {
  CheckServerConnection(config.server(), check);
  if (!config.worker_id().empty()) {
    check->Name("worker_id", config.worker_id(), kMaxConfiguredWorkerIdSize);
  }
  check->Range("max_in_flight", config.max_in_flight(), 1, 10'000);
  check->Range("lease_polls", config.lease_polls(), 1, 16);
  check->Range("max_lease_bytes", config.max_lease_bytes(), 1, kMaxLeaseBytes);
  check->Time("drain_grace", config.has_drain_grace(), config.drain_grace(), absl::ZeroDuration(),
              absl::Hours(1));
  check->Tags("tags", config.tags());
  if (!config.metrics_address().empty()) {
    const absl::StatusOr<HostPort> address = ParseHostPort(config.metrics_address());
    if (!address.ok()) {
      check->Wrong("metrics_address", address.status().message());
    } else if (!address->unix_path.empty()) {
      check->Wrong("metrics_address", "cannot be a Unix socket; write it like 127.0.0.1:7413");
    }
  }
  const Origins plain_allowed = CheckPlainOrigins(config, check);
  check->Count("credentials", config.credentials_size(), 0, kMaxCredentials);
  std::vector<std::string> names;
  for (int i = 0; i < config.credentials_size(); ++i) {
    CheckCredential(absl::StrCat("credentials[", i, "]"), config.credentials(i), plain_allowed,
                    check);
    names.push_back(config.credentials(i).name());
  }
  check->DifferentNames("credentials", names);
}

}  // namespace lull
