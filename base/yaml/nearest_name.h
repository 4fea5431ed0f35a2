#ifndef LULL_BASE_YAML_NEAREST_NAME_H_
#define LULL_BASE_YAML_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lull {

// The candidate that `name` was most likely meant to be: the one with the fewest letters to change,
// ignoring case and the difference between "-" and "_". Empty when none is near enough to be
// helpful. Of equally near ones the first.
std::string NearestName(absl::string_view name, const std::vector<std::string>& candidates);

// `, did you mean "NAME"?` for the nearest candidate, or nothing.
std::string DidYouMean(absl::string_view name, const std::vector<std::string>& candidates);

}  // namespace lull

#endif  // LULL_BASE_YAML_NEAREST_NAME_H_
