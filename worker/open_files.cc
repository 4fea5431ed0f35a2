#include "worker/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace lull {
namespace {

// A call's socket; or, while its name is looked up, a pair that wakes libcurl, a socket to the name
// server, and a file that says which that is.
constexpr int64_t kPerCall = 4;
// Connections to the server, the metrics port and its readers, logs, files of certificates.
constexpr int64_t kBesides = 64;

}  // namespace

int64_t RaiseOpenFilesLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur != limit.rlim_max) {
    const rlimit raised = {limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  constexpr rlim_t kMost = std::numeric_limits<int32_t>::max();
  return static_cast<int64_t>(std::min(limit.rlim_cur, kMost));
}

int64_t CallsWithin(int64_t open_files) {
  return std::max<int64_t>(0, (open_files - kBesides) / kPerCall);
}

}  // namespace lull
