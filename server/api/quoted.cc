#include "server/api/quoted.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace lull {

constexpr size_t kQuotedMax = 64;

std::string Quoted(absl::string_view value) {
  const bool cut = value.size() > kQuotedMax;
  return absl::StrCat("\"", absl::CHexEscape(value.substr(0, kQuotedMax)), cut ? "…\"" : "\"");
}

}  // namespace lull
