// One named member of a struct: an entry of the tables that fields.h works on.
#ifndef LULL_TOOLS_BUSY_API_FIELD_H_
#define LULL_TOOLS_BUSY_API_FIELD_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace lull {

template <typename T>
struct Field {
  absl::string_view name;  // snake_case
  std::variant<int64_t T::*, double T::*, bool T::*, std::string T::*> member;
  double min;  // of numbers
  double max;
  absl::string_view choices;  // of strings, separated by '|'; empty: checked elsewhere, if at all
  absl::string_view help;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_FIELD_H_
