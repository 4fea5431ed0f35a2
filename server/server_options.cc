#include "server/server_options.h"

#include <openssl/rand.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/url/host_port.h"
#include "server/api/proto_time.h"
#include "server/config/plan_from_config.h"
#include "server/config/server_config_defaults.h"

namespace lull {
namespace {

constexpr size_t kSeedBytes = 32;

absl::StatusOr<std::string> RandomSeed() {
  std::string seed(kSeedBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(seed.data()), static_cast<int>(seed.size())) !=
      1) {
    return absl::UnavailableError("the system gives no random bytes");
  }
  return seed;
}

Retention RetentionOf(const v1::ServerConfig& config) {
  const v1::RetentionConfig& given = config.retention();
  Retention retention;
  retention.finished_jobs =
      FromProtoDuration(given.finished_jobs()).value_or(retention.finished_jobs);
  retention.events = FromProtoDuration(given.events()).value_or(retention.events);
  retention.request_ids = FromProtoDuration(given.request_ids()).value_or(retention.request_ids);
  retention.max_finished_bytes = given.max_finished_bytes();
  for (const v1::ClassConfig& of_class : config.classes()) {
    const auto kept = FromProtoDuration(of_class.keep_finished());
    if (kept && *kept != retention.finished_jobs) {
      retention.finished_jobs_of_class[of_class.name()] = *kept;
    }
  }
  return retention;
}

}  // namespace

absl::StatusOr<ServerOptions> ServerOptionsFromConfig(const v1::ServerConfig& config) {
  ServerOptions options;
  options.data_dir = config.data_dir();
  options.grpc_address = config.grpc_address();
  if (config.http_address() != kNoHttpPort) options.http_address = config.http_address();
  LULL_ASSIGN_OR_RETURN(Plan plan, PlanFromConfig(config));
  options.rules.plan = std::make_shared<const Plan>(std::move(plan));
  options.rules.default_class = config.default_class();
  options.rules.max_request_body_bytes = config.limits().max_request_body_bytes();
  options.max_response_body_bytes = config.limits().max_response_body_bytes();
  options.send_request_id = config.send_request_id();
  options.engine.plan = options.rules.plan;
  options.engine.max_inbox_calls = config.limits().max_inbox_commands();
  options.engine.max_inbox_bytes = config.limits().max_inbox_bytes();
  options.engine.retention = RetentionOf(config);
  LULL_ASSIGN_OR_RETURN(options.engine.seed, RandomSeed());
  options.drain_grace =
      FromProtoDuration(config.drain_grace()).value_or(ServerOptions().drain_grace);
  return options;
}

absl::Status CheckListenAddress(absl::string_view flag, absl::string_view address,
                                bool insecure_allowed) {
  const absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(flag, ": ", parsed.status().message()));
  }
  if (parsed->local || insecure_allowed) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(flag, ": \"", address,
                   "\" can be reached by others, who could then do everything; that needs "
                   "auth.allow_insecure_listen: true in the configuration"));
}

}  // namespace lull
