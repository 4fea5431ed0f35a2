// Values inside messages for people.
#ifndef LULL_SERVER_API_QUOTED_H_
#define LULL_SERVER_API_QUOTED_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// A value for a message: in quotes, control characters and bytes that are not ASCII escaped, cut at
// 64 characters.
std::string Quoted(absl::string_view value);

}  // namespace lull

#endif  // LULL_SERVER_API_QUOTED_H_
