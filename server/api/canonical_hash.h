// Hashes that stand in files, so what they are made of never changes: the first bits of SHA-256
// over the parts, each preceded by its length.
#ifndef LULL_SERVER_API_CANONICAL_HASH_H_
#define LULL_SERVER_API_CANONICAL_HASH_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"

namespace lull {

std::array<uint64_t, 2> Hash128(std::initializer_list<absl::string_view> parts);
uint64_t Hash64(std::initializer_list<absl::string_view> parts);

// With the entries of maps in the order of their keys: equal messages give equal bytes. Clear
// unknown fields before.
std::string SerializeCanonically(const google::protobuf::MessageLite& message);

}  // namespace lull

#endif  // LULL_SERVER_API_CANONICAL_HASH_H_
