// What the engine's thread does for the store between its groups, a few milliseconds at a time:
// checkpoints, removing what need not be kept, backups. In idle moments at once; under load each
// kind has a small share of the time, so that the file stays bounded and calls stay quick.
//
// Owned by EngineLoop; its thread alone.
#ifndef LULL_SERVER_ENGINE_UPKEEP_H_
#define LULL_SERVER_ENGINE_UPKEEP_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/engine/backup_run.h"
#include "server/engine/engine_observer.h"
#include "storage/job_store.h"

namespace lull {

class Upkeep {
 public:
  // Nothing is owned; all outlive it.
  Upkeep(Retention retention, JobStore* store, const Clock* clock, EngineObserver* observer);

  // Something was written.
  void NoteCommit() { tidy_.AtIdle(clock_.Now().steady + kIdleBeforeTidy); }

  // At most one piece of each kind of work that is due. `idle`: no command waits. An error means
  // that the store has to be recovered. `live_bytes`: of the requests of all live jobs.
  absl::Status Work(bool idle, int64_t live_bytes);

  // The steady time from which on Work(true) has something to do.
  absl::Duration NextWork() const;

  // Begins a backup, or answers the call with why not. `spare_bytes`: what the disk has beyond what
  // must stay free.
  void StartBackup(BackupCall call, int64_t spare_bytes);
  bool is_backing_up() const { return backup_ != nullptr; }
  // Before the store is recovered, or at the end: a backup that runs is given up.
  void AbandonBackup(const absl::Status& why);

 private:
  static constexpr absl::Duration kIdleBeforeTidy = absl::Milliseconds(20);
  static constexpr absl::Duration kPruneEvery = absl::Seconds(10);
  // How many times as long as a piece took the next one waits, under load.
  static constexpr int kPruneRest = 9;   // a tenth of the time
  static constexpr int kBackupRest = 1;  // half of it

  // When a kind of work goes on, by steady time.
  struct Chore {
    absl::Duration idle = absl::InfiniteDuration();
    absl::Duration busy = absl::InfiniteDuration();

    bool IsDue(absl::Duration now, bool is_idle) const { return now >= (is_idle ? idle : busy); }
    void AtIdle(absl::Duration time) { idle = time; }
    void At(absl::Duration time) { idle = busy = time; }
    void GoOn(absl::Duration now, absl::Duration took, int rest) {
      idle = now;
      busy = now + took * rest;
    }
    void Never() { *this = Chore(); }
  };

  absl::Status Tidy();
  absl::Status Prune(int64_t live_bytes);
  void StepBackup();
  void NoteBackupEnd(const absl::Status& end);

  const Retention retention_;
  JobStore& store_;
  const Clock& clock_;
  EngineObserver& observer_;
  Chore tidy_;
  Chore prune_;
  Chore step_backup_;
  std::unique_ptr<BackupRun> backup_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_UPKEEP_H_
