// A filter that is read says the same when it is written down and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/api/job_filter_text.h"

namespace {
constexpr size_t kSurelyShort = 400;
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<lull::JobFilter> filter = lull::ParseJobFilter(text);
  if (!filter.ok()) {
    if (!absl::IsInvalidArgument(filter.status()) || filter.status().message().empty()) abort();
    if (filter.status().message().size() > 1000) abort();
    return 0;
  }
  if (size > kSurelyShort) return 0;  // near the limits it may become longer than they allow
  const absl::StatusOr<lull::JobFilter> again = lull::ParseJobFilter(lull::JobFilterText(*filter));
  if (!again.ok() || !(*again == *filter)) abort();
  return 0;
}
