// What the engine's thread tells the rest of the server.
#ifndef LULL_SERVER_ENGINE_ENGINE_OBSERVER_H_
#define LULL_SERVER_ENGINE_ENGINE_OBSERVER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/record.h"

namespace lull {

// Told of what happened, for metrics and caches. Must not block and must not Post.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  // `group` is on disk. `took` is the time of the commit alone.
  virtual void OnCommitted(const Group& group, absl::Duration took) {
    (void)group;
    (void)took;
  }
  virtual void OnCommitFailed(const absl::Status& status) { (void)status; }
  virtual void OnRecovered(int64_t epoch, int64_t live_jobs, absl::Duration took) {
    (void)epoch;
    (void)live_jobs;
    (void)took;
  }
  // An attempt is over; on disk already. `class_name` and `route_group` are configured names.
  virtual void OnAttemptEnded(absl::string_view class_name, absl::string_view route_group,
                              const Attempt& attempt) {
    (void)class_name;
    (void)route_group;
    (void)attempt;
  }
  // Reports that came too late, and leases that ran out.
  virtual void OnStaleReport() {}
  virtual void OnLeaseExpired() {}
  // A job was not taken; `reason` as the API's errors name it. Called by any thread.
  virtual void OnSubmitRefused(absl::string_view reason) { (void)reason; }
  // OK: it is whole and on disk.
  virtual void OnBackupEnded(const absl::Status& status) { (void)status; }
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_ENGINE_OBSERVER_H_
