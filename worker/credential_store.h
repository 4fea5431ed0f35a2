// The API keys a worker holds, and where each may be sent.
//
// Made once at the start and only read afterwards, from any thread.
#ifndef LULL_WORKER_CREDENTIAL_STORE_H_
#define LULL_WORKER_CREDENTIAL_STORE_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/yaml/environment.h"
#include "proto/worker_config.pb.h"
#include "worker/secret.h"

namespace lull {

class CredentialStore {
 public:
  // Reads every key from where the configuration says. Blocks. INVALID_ARGUMENT, naming the
  // credential, when a name is used twice, an origin is none, a variable or file is missing or
  // empty, or a key is longer than 4 KiB or holds anything but printable ASCII characters other
  // than the space.
  static absl::StatusOr<CredentialStore> Load(const v1::WorkerConfig& config,
                                              const Environment& environment);

  // In the order of their bytes.
  std::vector<std::string> names() const;

  // The key to send to `origin` (as UpstreamUrl::origin has it) for the credential of that name;
  // the empty name has an empty key, which is sent nowhere. NOT_FOUND when this worker has no such
  // credential, PERMISSION_DENIED when its key may not be sent to that origin.
  absl::StatusOr<Secret> KeyFor(absl::string_view name, absl::string_view origin) const;

 private:
  struct Credential {
    Secret key;
    std::vector<std::string> origins;
  };
  absl::btree_map<std::string, Credential> credentials_;
};

}  // namespace lull

#endif  // LULL_WORKER_CREDENTIAL_STORE_H_
