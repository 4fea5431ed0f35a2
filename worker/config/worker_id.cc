#include "worker/config/worker_id.h"

#include <unistd.h>

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace lull {

std::string HostWorkerId() {
  char buffer[256] = {};
  // The last byte stays 0 even if a longer name was cut.
  if (gethostname(buffer, sizeof(buffer) - 1) != 0 || buffer[0] == '\0') return "worker";
  std::string id = buffer;
  if (id.size() > static_cast<std::size_t>(kMaxConfiguredWorkerIdSize)) {
    id.resize(kMaxConfiguredWorkerIdSize);
  }
  for (char& c : id) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_' && c != '.') c = '-';
  }
  return id;
}

std::string UniqueWorkerId(absl::string_view configured, uint64_t random) {
  return absl::StrCat(configured, "-", absl::Hex(random, absl::kZeroPad16));
}

}  // namespace lull
