// Digests and repeatable pseudo-random numbers.
#ifndef LULL_TOOLS_BUSY_API_HASH_H_
#define LULL_TOOLS_BUSY_API_HASH_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view bytes);

// A number that depends on nothing but its arguments, the same on every machine: the dice of
// everything that busy_api does by chance.
uint64_t SeededHash(uint64_t seed, absl::string_view what, uint64_t n = 0);

// The same as a fraction in [0, 1).
double SeededFraction(uint64_t seed, absl::string_view what, uint64_t n = 0);

// A curve through such numbers: within [-1, 1], continuous, another random value at each whole `x`.
double SeededWave(uint64_t seed, absl::string_view what, double x);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_HASH_H_
