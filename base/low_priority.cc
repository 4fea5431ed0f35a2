#include "base/low_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lull {
namespace {

// Of ioprio_set(2), which has no header.
constexpr int kOfOneThread = 1;
constexpr int kIdleClass = 3 << 13;

constexpr int kLeastNice = 19;

}  // namespace

void LowerThreadPriority() {
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  (void)setpriority(PRIO_PROCESS, thread, kLeastNice);
  (void)syscall(SYS_ioprio_set, kOfOneThread, thread, kIdleClass);
}

}  // namespace lull
