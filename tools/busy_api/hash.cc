#include "tools/busy_api/hash.h"

#include <openssl/sha.h>

#include <cmath>

#include "absl/strings/escaping.h"

namespace lull {
namespace {

uint64_t Mix(uint64_t x) {
  // The finalizer of SplitMix64.
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::string Sha256Hex(absl::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

uint64_t SeededHash(uint64_t seed, absl::string_view what, uint64_t n) {
  uint64_t hash = Mix(seed + 0x9e3779b97f4a7c15ULL);
  for (const char c : what) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return Mix(Mix(hash) + n);
}

double SeededFraction(uint64_t seed, absl::string_view what, uint64_t n) {
  return static_cast<double>(SeededHash(seed, what, n) >> 11) * 0x1.0p-53;
}

double SeededWave(uint64_t seed, absl::string_view what, double x) {
  const double whole = std::floor(x);
  const auto at = [&](double n) {
    return 2 * SeededFraction(seed, what, static_cast<uint64_t>(static_cast<int64_t>(n))) - 1;
  };
  return at(whole) + (at(whole + 1) - at(whole)) * (x - whole);
}

}  // namespace lull
