#include "server/engine/disk_watch.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "server/engine/engine_status.h"

namespace lull {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(10);

// Jobs are taken again only when there is this much more than the reserve, or the disk's level
// would be told of with every group.
int64_t Comfortable(int64_t reserve) { return reserve + reserve / 4; }

int64_t MiB(int64_t bytes) { return bytes >> 20; }

}  // namespace

void DiskWatch::Look(int64_t free_bytes, int64_t running_calls) {
  free_bytes_ = free_bytes;
  reserve_bytes_ = kReserve + kReserveOfCall * running_calls;
  const bool takes = free_bytes >= (takes_jobs_ ? reserve_bytes_ : Comfortable(reserve_bytes_));
  const bool starts =
      takes || free_bytes >= (starts_calls_ ? reserve_bytes_ / 2 : Comfortable(reserve_bytes_ / 2));
  if (takes == takes_jobs_ && starts == starts_calls_) return;
  takes_jobs_ = takes;
  starts_calls_ = starts;
  const char* what = !starts  ? "disk nearly full: no jobs are taken and no calls are started"
                     : !takes ? "disk low: no jobs are taken"
                              : "disk has room again";
  if (takes) {
    LogInfo("engine", what, {{"free_bytes", free_bytes}, {"reserve_bytes", reserve_bytes_}});
  } else {
    LogWarning("engine", what, {{"free_bytes", free_bytes}, {"reserve_bytes", reserve_bytes_}});
  }
}

std::string DiskWatch::WhyCallsAreHeld() const {
  if (starts_calls_) return "";
  return absl::StrCat("the server's disk is nearly full (", MiB(free_bytes_),
                      " MiB are free, less than half of the ", MiB(reserve_bytes_),
                      " MiB that are kept): no calls are started, so that those that run can be "
                      "recorded");
}

absl::Status DiskWatch::Admission() const {
  if (takes_jobs_) return absl::OkStatus();
  return WithRetryAfter(
      WithReason(absl::ResourceExhaustedError(absl::StrCat(
                     "the server's disk is nearly full, so it takes no more jobs (",
                     MiB(free_bytes_), " MiB are free, ", MiB(reserve_bytes_),
                     " MiB are kept for the answers of jobs that were taken); it takes them again "
                     "by itself when space is freed")),
                 "DISK_LOW"),
      kRetryAfter);
}

}  // namespace lull
