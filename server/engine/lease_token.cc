#include "server/engine/lease_token.h"

#include <array>
#include <cstring>

#include "absl/strings/escaping.h"

namespace lull {
namespace {

constexpr size_t kFields = 3;
constexpr size_t kBytes = (kFields + 1) * sizeof(uint64_t);
constexpr size_t kTextLength = 43;  // base64 of 32 bytes, unpadded

// FNV-1a: against accidents, not against attackers; a worker is trusted with what it leased.
uint64_t Checksum(const std::array<uint64_t, kFields>& fields) {
  uint64_t hash = 14695981039346656037u;
  for (uint64_t field : fields) {
    for (int i = 0; i < 8; ++i) {
      hash ^= field >> (8 * i) & 0xff;
      hash *= 1099511628211u;
    }
  }
  return hash;
}

void Put(std::string& bytes, uint64_t value) {
  for (int i = 7; i >= 0; --i) bytes.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t Get(const std::string& bytes, size_t index) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<uint8_t>(bytes[index * 8 + i]);
  return value;
}

}  // namespace

std::string LeaseToken::ToString() const {
  const std::array<uint64_t, kFields> fields = {instance, static_cast<uint64_t>(job),
                                                static_cast<uint64_t>(lease)};
  std::string bytes;
  bytes.reserve(kBytes);
  for (uint64_t field : fields) Put(bytes, field);
  Put(bytes, Checksum(fields));
  return absl::WebSafeBase64Escape(bytes);
}

std::optional<LeaseToken> LeaseToken::Parse(absl::string_view text) {
  std::string bytes;
  if (text.size() != kTextLength || !absl::WebSafeBase64Unescape(text, &bytes) ||
      bytes.size() != kBytes) {
    return std::nullopt;
  }
  const std::array<uint64_t, kFields> fields = {Get(bytes, 0), Get(bytes, 1), Get(bytes, 2)};
  // Base64 has several spellings of the same bytes.
  if (Get(bytes, 3) != Checksum(fields) || absl::WebSafeBase64Escape(bytes) != text) {
    return std::nullopt;
  }
  LeaseToken token;
  token.instance = fields[0];
  token.job = static_cast<JobNumber>(fields[1]);
  token.lease = static_cast<LeaseNumber>(fields[2]);
  return token;
}

}  // namespace lull
