#include "worker/worker_setup.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/build_info.h"
#include "base/status_macros.h"
#include "base/url/upstream_url.h"
#include "base/yaml/text_file.h"
#include "worker/config/worker_id.h"
#include "worker/proto_duration.h"

namespace lull {
namespace {

constexpr int64_t kPemBytesMax = 4 << 20;
constexpr int64_t kTokenBytesMax = 64 << 10;

absl::StatusOr<std::string> ReadIfNamed(const std::string& path, int64_t bytes_max) {
  if (path.empty()) return std::string();
  return ReadTextFile(path, bytes_max);
}

absl::StatusOr<Secret> ReadToken(const v1::ServerConnection& server) {
  LULL_ASSIGN_OR_RETURN(const std::string text, ReadIfNamed(server.token_file(), kTokenBytesMax));
  const std::string& token = server.token_file().empty() ? server.token() : text;
  return Secret(std::string(absl::StripAsciiWhitespace(token.substr(0, token.find('\n')))));
}

absl::StatusOr<QueueClientOptions> QueueOptions(const v1::ServerConnection& server) {
  QueueClientOptions options;
  options.address = server.address();
  LULL_ASSIGN_OR_RETURN(options.ca_pem, ReadIfNamed(server.ca_file(), kPemBytesMax));
  LULL_ASSIGN_OR_RETURN(options.certificate_pem,
                        ReadIfNamed(server.certificate_file(), kPemBytesMax));
  LULL_ASSIGN_OR_RETURN(std::string key, ReadIfNamed(server.key_file(), kPemBytesMax));
  options.key_pem = Secret(std::move(key));
  LULL_ASSIGN_OR_RETURN(options.token, ReadToken(server));
  return options;
}

}  // namespace

absl::StatusOr<WorkerSetup> SetUpWorker(const v1::WorkerConfig& config,
                                        const Environment& environment, uint64_t random) {
  WorkerSetup setup;
  setup.worker.worker_id = UniqueWorkerId(config.worker_id(), random);
  setup.worker.version = kVersion;
  setup.worker.max_in_flight = config.max_in_flight();
  setup.worker.lease_polls = config.lease_polls();
  setup.worker.max_lease_bytes = config.max_lease_bytes();
  setup.worker.tags.assign(config.tags().begin(), config.tags().end());

  LULL_ASSIGN_OR_RETURN(setup.rules.credentials, CredentialStore::Load(config, environment));
  for (const std::string& origin : config.allow_plain_http()) {
    LULL_ASSIGN_OR_RETURN(const UpstreamUrl url, ParseUpstreamUrl(origin));
    setup.rules.plain_origins.insert(url.origin);
  }
  LULL_ASSIGN_OR_RETURN(setup.queue, QueueOptions(config.server()));

  setup.http.calls_max = config.max_in_flight();
  setup.http.user_agent = absl::StrCat("lull-worker/", kVersion);
  setup.http.ca_file = config.upstream_ca_file().empty() ? environment("LULL_CA_FILE").value_or("")
                                                         : config.upstream_ca_file();
  setup.metrics_address = config.metrics_address();
  setup.drain_grace = FromProto(config.drain_grace());
  return setup;
}

}  // namespace lull
