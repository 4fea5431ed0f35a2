#include "tools/lull/byte_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lull {

std::string ByteText(int64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  auto size = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = larger;
  }
  return absl::StrFormat("%.1f %s", size, unit);
}

}  // namespace lull
