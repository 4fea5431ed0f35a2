#include "worker/config/worker_config_file.h"

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/url/upstream_url.h"
#include "base/yaml/config_check.h"
#include "base/yaml/text_file.h"
#include "base/yaml/yaml_node.h"
#include "base/yaml/yaml_source.h"
#include "base/yaml/yaml_to_proto.h"
#include "worker/config/worker_config_check.h"
#include "worker/config/worker_id.h"

namespace lull {
namespace {

constexpr char kKeyVariable[] = "LULL_API_KEY";
constexpr char kUrlVariable[] = "LULL_BASE_URL";
constexpr int kDefaultMaxInFlight = 64;
constexpr int kDefaultLeasePolls = 2;
constexpr int64_t kDefaultMaxLeaseBytes = int64_t{8} << 20;
constexpr int kDefaultDrainSeconds = 30;

void FillInDefaults(v1::WorkerConfig* config) {
  if (config->server().address().empty()) config->mutable_server()->set_address("127.0.0.1:7411");
  if (config->worker_id().empty()) config->set_worker_id(HostWorkerId());
  if (config->max_in_flight() == 0) config->set_max_in_flight(kDefaultMaxInFlight);
  if (config->lease_polls() == 0) config->set_lease_polls(kDefaultLeasePolls);
  if (config->max_lease_bytes() == 0) config->set_max_lease_bytes(kDefaultMaxLeaseBytes);
  if (!config->has_drain_grace()) config->mutable_drain_grace()->set_seconds(kDefaultDrainSeconds);
}

}  // namespace

absl::StatusOr<v1::WorkerConfig> LoadWorkerConfig(const std::string& path,
                                                  const Environment& environment) {
  LULL_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, kMaxYamlBytes));
  return ParseWorkerConfig(text, path, environment);
}

absl::StatusOr<v1::WorkerConfig> ParseWorkerConfig(absl::string_view text,
                                                   const std::string& file_name,
                                                   const Environment& environment) {
  YamlOptions options;
  options.secret_fields = {"lull.v1.ServerConnection.token"};
  options.environment = environment;
  YamlSource source(file_name);
  v1::WorkerConfig config;
  YamlToProto(text, options, &source, &config);
  ConfigCheck check(&source);
  CheckWorkerConfig(config, &check);
  LULL_RETURN_IF_ERROR(source.status());
  FillInDefaults(&config);
  return config;
}

absl::StatusOr<v1::WorkerConfig> WorkerConfigFromEnvironment(const Environment& environment) {
  v1::WorkerConfig config;
  FillInDefaults(&config);
  if (environment(kKeyVariable).value_or("").empty()) return config;
  const std::string base_url = environment(kUrlVariable).value_or("");
  if (base_url.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(kKeyVariable, " is set, but ", kUrlVariable,
                     " is not; it has to be the base URL that the key is for"));
  }
  const absl::StatusOr<UpstreamUrl> url = ParseUpstreamUrl(base_url);
  if (!url.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(kUrlVariable, ": ", url.status().message()));
  }
  if (!url->tls && !url->loopback) {
    return absl::InvalidArgumentError(absl::StrCat(
        kUrlVariable, ": \"", url->origin,
        "\" would get the key without TLS; only https is allowed, except for loopback ",
        "addresses or with a configuration file"));
  }
  v1::CredentialConfig* credential = config.add_credentials();
  credential->set_name("default");
  credential->set_env(kKeyVariable);
  credential->add_origins(url->origin);
  return config;
}

}  // namespace lull
