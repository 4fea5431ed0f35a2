#include "storage/sqlite/store_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/sql.h"

namespace lull {
namespace {

// All of the file goes through it once.
constexpr int kCacheKib = 1024;

absl::Status GaveWay() {
  return absl::AbortedError("the check gave way: the log had grown, or was to be recovered");
}

}  // namespace

void CheckState::Interrupt() {
  MutexLock lock(mutex_);
  InterruptLocked();
}

void CheckState::InterruptLocked() {
  if (running_ == nullptr) return;
  interrupted_ = true;
  running_->Interrupt();
}

void CheckState::SetHeld(bool held) {
  MutexLock lock(mutex_);
  held_ = held;
  if (held) InterruptLocked();
}

void SqliteStoreCheck::Stop() {
  stopped_ = true;
  state_->Interrupt();
}

absl::Status SqliteStoreCheck::Run() {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                        Connection::OpenReader(path_, kCacheKib));
  LULL_RETURN_IF_ERROR(Begin(connection.get()));
  // One that was stopped before it had begun was not interrupted.
  absl::Status looked = stopped_ ? absl::CancelledError("stopped") : Look(*connection);
  const bool interrupted = End();
  if (looked.ok()) state_->SetDue(false);
  if (looked.ok() || absl::IsDataLoss(looked)) return looked;
  if (stopped_) return absl::CancelledError("stopped");
  return interrupted ? GaveWay() : looked;
}

absl::Status SqliteStoreCheck::Begin(Connection* connection) {
  MutexLock lock(state_->mutex_);
  if (state_->held_) return GaveWay();
  state_->running_ = connection;
  state_->interrupted_ = false;
  return absl::OkStatus();
}

bool SqliteStoreCheck::End() {
  MutexLock lock(state_->mutex_);
  state_->running_ = nullptr;
  return state_->interrupted_;
}

absl::Status SqliteStoreCheck::Look(Connection& connection) {
  LULL_ASSIGN_OR_RETURN(Statement row, connection.Prepare(sql::kQuickCheck));
  std::string found;
  while (true) {
    const absl::StatusOr<bool> more = row.Step();
    if (!more.ok() && !absl::IsDataLoss(more.status())) return more.status();
    if (more.ok() && !*more) break;
    // Damage may be such that the check cannot go on.
    const absl::string_view line = more.ok() ? row.Text() : more.status().message();
    if (line != "ok") absl::StrAppend(&found, found.empty() ? "" : "; ", line);
    if (!more.ok()) break;
  }
  if (found.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the database file is damaged: ", found));
}

}  // namespace lull
