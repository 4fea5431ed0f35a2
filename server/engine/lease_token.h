// Names one lease of one job of one store. Opaque to clients; ToString gives 43 characters of
// base64url.
#ifndef LULL_SERVER_ENGINE_LEASE_TOKEN_H_
#define LULL_SERVER_ENGINE_LEASE_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace lull {

struct LeaseToken {
  uint64_t instance = 0;  // the store's
  JobNumber job = 0;
  LeaseNumber lease = 0;

  std::string ToString() const;
  // nullopt for anything that ToString cannot have given (a checksum guards against cut and
  // mixed-up tokens).
  static std::optional<LeaseToken> Parse(absl::string_view text);

  friend bool operator==(const LeaseToken&, const LeaseToken&) = default;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_LEASE_TOKEN_H_
