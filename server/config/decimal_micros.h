// Amounts of money as configuration has them.
#ifndef LULL_SERVER_CONFIG_DECIMAL_MICROS_H_
#define LULL_SERVER_CONFIG_DECIMAL_MICROS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

// "12.50" as 12,500,000 millionths: digits, and at most six after a point; up to a billion. Exact,
// unlike a double. INVALID_ARGUMENT otherwise.
absl::StatusOr<int64_t> ParseDecimalMicros(absl::string_view text);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_DECIMAL_MICROS_H_
