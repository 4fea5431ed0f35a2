#include "worker/credential_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/url/upstream_url.h"
#include "base/yaml/text_file.h"

namespace lull {
namespace {

constexpr size_t kKeyBytesMax = 4096;
constexpr int64_t kKeyFileBytesMax = 64 << 10;

absl::Status Bad(const v1::CredentialConfig& config, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("credential \"", config.name(), "\": ", why));
}

// "systemd:NAME" is a file in the folder that systemd names in the environment.
absl::StatusOr<std::string> KeyFile(const v1::CredentialConfig& config,
                                    const Environment& environment) {
  absl::string_view name = config.file();
  if (!absl::ConsumePrefix(&name, "systemd:")) return config.file();
  const std::optional<std::string> folder = environment("CREDENTIALS_DIRECTORY");
  if (!folder) {
    return Bad(config, absl::StrCat("file \"", config.file(),
                                    "\" needs CREDENTIALS_DIRECTORY, which systemd sets"));
  }
  return absl::StrCat(*folder, "/", name);
}

absl::StatusOr<std::string> ReadKey(const v1::CredentialConfig& config,
                                    const Environment& environment) {
  switch (config.source_case()) {
    case v1::CredentialConfig::kEnv: {
      std::optional<std::string> value = environment(config.env());
      if (value) return *std::move(value);
      return Bad(config,
                 absl::StrCat("the environment variable \"", config.env(), "\" is not set"));
    }
    case v1::CredentialConfig::kFile: {
      LULL_ASSIGN_OR_RETURN(const std::string path, KeyFile(config, environment));
      const absl::StatusOr<std::string> text = ReadTextFile(path, kKeyFileBytesMax);
      if (!text.ok()) return Bad(config, text.status().message());
      return text->substr(0, text->find('\n'));
    }
    case v1::CredentialConfig::SOURCE_NOT_SET:
      break;
  }
  return Bad(config, "neither \"env\" nor \"file\" is set; one of them is needed");
}

absl::Status CheckKey(const v1::CredentialConfig& config, absl::string_view key) {
  if (key.empty()) return Bad(config, "the key is empty");
  if (key.size() > kKeyBytesMax) return Bad(config, "the key is longer than 4096 bytes");
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (!printable) {
    return Bad(config, "the key holds characters other than printable ASCII without spaces");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CredentialStore> CredentialStore::Load(const v1::WorkerConfig& config,
                                                      const Environment& environment) {
  CredentialStore store;
  for (const v1::CredentialConfig& from : config.credentials()) {
    Credential credential;
    for (const std::string& origin : from.origins()) {
      const absl::StatusOr<UpstreamUrl> url = ParseUpstreamUrl(origin);
      if (!url.ok()) return Bad(from, url.status().message());
      if (!url->path.empty()) {
        return Bad(from, absl::StrCat("\"", origin, "\" has a path; an origin is ", url->origin));
      }
      credential.origins.push_back(url->origin);
    }
    if (credential.origins.empty()) return Bad(from, "it has no origins; at least 1 is needed");
    LULL_ASSIGN_OR_RETURN(const std::string text, ReadKey(from, environment));
    const absl::string_view key = absl::StripAsciiWhitespace(text);
    LULL_RETURN_IF_ERROR(CheckKey(from, key));
    credential.key = Secret(std::string(key));
    if (!store.credentials_.emplace(from.name(), std::move(credential)).second) {
      return Bad(from, "there is another credential of that name");
    }
  }
  return store;
}

std::vector<std::string> CredentialStore::names() const {
  std::vector<std::string> names;
  for (const auto& [name, credential] : credentials_) names.push_back(name);
  return names;
}

absl::StatusOr<Secret> CredentialStore::KeyFor(absl::string_view name,
                                               absl::string_view origin) const {
  if (name.empty()) return Secret();
  const auto found = credentials_.find(name);
  if (found == credentials_.end()) {
    return absl::NotFoundError(absl::StrCat("this worker has no credential \"", name, "\""));
  }
  const Credential& credential = found->second;
  if (std::find(credential.origins.begin(), credential.origins.end(), origin) ==
      credential.origins.end()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the credential \"", name, "\" may not be sent to ", origin,
                     "; its origins are: ", absl::StrJoin(credential.origins, ", ")));
  }
  return credential.key;
}

}  // namespace lull
