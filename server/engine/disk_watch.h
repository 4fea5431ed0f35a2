// Whether the disk has room for more jobs. Below a reserve submits are refused, so that what was
// taken can still be answered and recorded; below half of it no more calls are started either, so
// that those that run can be recorded.
//
// The reserve has two parts. One is for the group that is on its way when the disk gets low: its
// bodies are written twice, to the log and then to the main file. The other is for the answers of
// the calls that run, by their number.
//
// Owned by EngineLoop, whose thread looks; takes_jobs() may be asked by any.
#ifndef LULL_SERVER_ENGINE_DISK_WATCH_H_
#define LULL_SERVER_ENGINE_DISK_WATCH_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace lull {

class DiskWatch {
 public:
  static constexpr int64_t kReserve = int64_t{64} << 20;         // twice the bodies of a group
  static constexpr int64_t kReserveOfCall = int64_t{128} << 10;  // a long answer, twice

  // What is free now, and how many calls run. Logs when it changes what is taken.
  void Look(int64_t free_bytes, int64_t running_calls);

  bool takes_jobs() const { return takes_jobs_; }
  bool starts_calls() const { return starts_calls_; }
  // Why not, for people; empty: they are.
  std::string WhyCallsAreHeld() const;
  int64_t reserve_bytes() const { return reserve_bytes_; }

  // OK while jobs are taken, else RESOURCE_EXHAUSTED with the reason DISK_LOW.
  absl::Status Admission() const;

 private:
  std::atomic<bool> takes_jobs_{true};
  bool starts_calls_ = true;
  int64_t free_bytes_ = INT64_MAX;
  int64_t reserve_bytes_ = kReserve;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_DISK_WATCH_H_
