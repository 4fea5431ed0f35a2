// StoreCheck over a SQLite file: its quick_check, on a connection of its own.
//
// The check is one long read. While it lasts the log cannot begin anew, so it gives way: whoever
// owns the log interrupts it when that has grown too large, or has to be recovered.
#ifndef LULL_STORAGE_SQLITE_STORE_CHECK_H_
#define LULL_STORAGE_SQLITE_STORE_CHECK_H_

#include <sqlite3.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "storage/job_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/read_gate.h"

namespace lull {

// Whether a store needs to be looked through, and the connection that does so. Shared by the store
// and its checks. Thread-safe.
class CheckState {
 public:
  void SetDue(bool due) { due_ = due; }
  bool due() const { return due_; }

  // A check that runs ends with ABORTED.
  void Interrupt();

  // As long as it lives none runs, and none begins.
  class Held {
   public:
    explicit Held(CheckState& state) : state_(state) { state_.SetHeld(true); }
    ~Held() { state_.SetHeld(false); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    CheckState& state_;
  };

 private:
  friend class SqliteStoreCheck;
  void SetHeld(bool held);
  void InterruptLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  Connection* running_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> due_{false};
};

class SqliteStoreCheck final : public StoreCheck {
 public:
  SqliteStoreCheck(std::shared_ptr<CheckState> state, std::shared_ptr<ReadGate> gate,
                   std::string path)
      : state_(std::move(state)), gate_(std::move(gate)), path_(std::move(path)) {}

  absl::Status Run() override;
  void Stop() override;

 private:
  absl::Status Begin(Connection* connection);
  absl::Status Look(Connection& connection);
  // Returns whether it was interrupted.
  bool End();

  const std::shared_ptr<CheckState> state_;
  const std::shared_ptr<ReadGate> gate_;
  const std::string path_;
  std::atomic<bool> stopped_{false};
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_STORE_CHECK_H_
