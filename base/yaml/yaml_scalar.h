#ifndef LULL_BASE_YAML_YAML_SCALAR_H_
#define LULL_BASE_YAML_YAML_SCALAR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/yaml/yaml_node.h"

namespace lull {

// The values of single scalars. Each fails with INVALID_ARGUMENT, the message being what is wrong,
// with which value, and what is allowed; without file and line, which the caller knows.

// true or false, without quotes: "yes" and "on" are not taken, since YAML versions disagree on
// them.
absl::StatusOr<bool> YamlBool(const YamlNode& node);

// A whole decimal number without quotes; 010 is refused, since YAML versions disagree on it. If
// `is_size`, a number of bytes that may be followed by KiB, MiB or GiB.
absl::StatusOr<int64_t> YamlInteger(const YamlNode& node, bool is_size, int64_t min, int64_t max);

// A decimal number without quotes, e.g. 0.25.
absl::StatusOr<double> YamlDouble(const YamlNode& node);

// A length of time such as 30s, 1h30m or 250ms, not negative.
absl::StatusOr<absl::Duration> YamlDuration(const YamlNode& node);

// A moment as RFC 3339 has it, e.g. 2026-08-16T16:00:00Z, in the years 1 to 9999.
absl::StatusOr<absl::Time> YamlTimestamp(const YamlNode& node);

}  // namespace lull

#endif  // LULL_BASE_YAML_YAML_SCALAR_H_
