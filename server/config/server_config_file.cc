#include "server/config/server_config_file.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/url/upstream_url.h"
#include "base/yaml/config_check.h"
#include "base/yaml/text_file.h"
#include "base/yaml/yaml_node.h"
#include "base/yaml/yaml_source.h"
#include "base/yaml/yaml_to_proto.h"
#include "server/config/class_check.h"
#include "server/config/server_check.h"
#include "server/config/server_config_defaults.h"
#include "server/config/unsupported_fields.h"
#include "server/config/upstream_check.h"

namespace lull {
namespace {

constexpr char kDefault[] = "default";

// Adds the upstream that the environment names.
absl::Status AddUpstream(const std::string& base_url, const std::string& model,
                         v1::ServerConfig* config) {
  LULL_ASSIGN_OR_RETURN(const UpstreamUrl url, ParseUpstreamUrl(base_url));
  if (!url.tls && !url.loopback) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", url.origin, "\" would be called without TLS; only https is allowed, ",
                     "except for loopback addresses or with a configuration file"));
  }
  v1::UpstreamConfig* upstream = config->add_upstreams();
  upstream->set_name(kDefault);
  upstream->set_base_url(base_url);
  upstream->set_credential(kDefault);
  v1::RouteGroupConfig* group = config->add_route_groups();
  group->set_name(kDefault);
  group->add_models("*");
  v1::RouteConfig* route = group->add_upstreams();
  route->set_upstream(kDefault);
  route->set_model(model);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ServerConfig> LoadServerConfig(const std::string& path) {
  LULL_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, kMaxYamlBytes));
  return ParseServerConfig(text, path);
}

absl::StatusOr<v1::ServerConfig> ParseServerConfig(absl::string_view text,
                                                   const std::string& file_name) {
  YamlSource source(file_name);
  v1::ServerConfig config;
  YamlToProto(text, YamlOptions(), &source, &config);
  ConfigCheck check(&source);
  RefuseUnsupportedFields(config, &check);
  CheckServer(config, &check);
  CheckClasses(config, &check);
  CheckUpstreams(config, &check);
  LULL_RETURN_IF_ERROR(source.status());
  FillInDefaults(&config);
  return config;
}

absl::StatusOr<v1::ServerConfig> ServerConfigFromEnvironment(const Environment& environment) {
  const std::string base_url = environment("LULL_BASE_URL").value_or("");
  const std::string model = environment("LULL_MODEL").value_or("");
  v1::ServerConfig config;
  if (!base_url.empty()) {
    const absl::Status added = AddUpstream(base_url, model, &config);
    if (!added.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("LULL_BASE_URL: ", added.message()));
    }
  } else if (!model.empty()) {
    return absl::InvalidArgumentError(
        "LULL_MODEL is set, but LULL_BASE_URL is not; it has to be the base URL that serves it");
  }
  FillInDefaults(&config);
  return config;
}

}  // namespace lull
