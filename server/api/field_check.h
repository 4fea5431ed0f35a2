// Checks of single values, as the API describes them: each gives nullopt, or what is wrong with
// which value and what is allowed.
#ifndef LULL_SERVER_API_FIELD_CHECK_H_
#define LULL_SERVER_API_FIELD_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

std::optional<std::string> CheckRange(int64_t value, int64_t min, int64_t max);
// Of a list that must not be empty.
std::optional<std::string> CheckEntries(int count, int max);
// At most `max_size` ASCII letters, digits and characters out of `also`.
std::optional<std::string> CheckName(absl::string_view value, int max_size, absl::string_view also,
                                     bool may_be_empty);
std::optional<std::string> CheckRequestId(absl::string_view value);
std::optional<std::string> CheckPath(absl::string_view path);
std::optional<std::string> CheckWorkerId(absl::string_view worker_id);
// "region=eu"
std::optional<std::string> CheckTag(absl::string_view tag);

}  // namespace lull

#endif  // LULL_SERVER_API_FIELD_CHECK_H_
