// The public name of a job: 128 bits, a UUIDv7 (RFC 9562), so it sorts by creation time and cannot
// be guessed.
#ifndef LULL_STORAGE_JOB_ID_H_
#define LULL_STORAGE_JOB_ID_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

struct JobId {
  std::array<uint8_t, 16> bytes{};

  // The version 7 layout: 48 bits of Unix milliseconds, then 74 of the given random bits.
  static JobId FromTimeAndRandom(absl::Time time, uint64_t random_high, uint64_t random_low);

  // Accepts exactly the 36 character form that ToString gives, in either case; anything else is
  // nullopt.
  static std::optional<JobId> Parse(absl::string_view text);

  // "0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9e"
  std::string ToString() const;

  friend bool operator==(const JobId& a, const JobId& b) { return a.bytes == b.bytes; }
  friend bool operator!=(const JobId& a, const JobId& b) { return !(a == b); }
  friend bool operator<(const JobId& a, const JobId& b) { return a.bytes < b.bytes; }
  template <typename H>
  friend H AbslHashValue(H h, const JobId& id) {
    return H::combine(std::move(h), id.bytes);
  }
};

}  // namespace lull

#endif  // LULL_STORAGE_JOB_ID_H_
