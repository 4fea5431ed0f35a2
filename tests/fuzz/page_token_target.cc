// Anything is either refused or a token that was made for this place, which another tenant cannot
// use.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/api/page_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const lull::PageScope scope = {"ListJobs", "acme", "state = FAILED"};
  const absl::StatusOr<lull::JobNumber> before = lull::ReadPageToken(scope, text);
  if (!before.ok()) {
    if (!absl::IsInvalidArgument(before.status()) || before.status().message().empty()) abort();
    return 0;
  }
  const absl::StatusOr<lull::JobNumber> again =
      lull::ReadPageToken(scope, lull::MakePageToken(scope, *before));
  if (!again.ok() || *again != *before || *before < 1) abort();
  if (lull::ReadPageToken({"ListJobs", "other", "state = FAILED"}, text).ok()) abort();
  return 0;
}
