// What is read as a lease token is what is written for it, byte for byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "absl/strings/string_view.h"
#include "server/engine/lease_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<lull::LeaseToken> token = lull::LeaseToken::Parse(text);
  if (token && token->ToString() != text) abort();
  return 0;
}
