// A backup under way: stepped by the engine's thread between its groups, told to whoever asked for
// it, given up when nobody wants it any more. Owned by Upkeep; the engine's thread alone.
#ifndef LULL_SERVER_ENGINE_BACKUP_RUN_H_
#define LULL_SERVER_ENGINE_BACKUP_RUN_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "server/engine/command.h"
#include "storage/job_store.h"

namespace lull {

using BackupCall = Call<BackupRequest, BackupReply>;

class BackupRun {
 public:
  BackupRun(BackupCall call, std::unique_ptr<StoreBackup> backup)
      : call_(std::move(call)), backup_(std::move(backup)) {}

  // Copies a little. False once it is over, whichever way: the call is answered then, and `end`
  // says how it went.
  bool Step(absl::Status* end);

  // Gives it up; the unfinished file is removed.
  void Abandon(const absl::Status& why);

 private:
  BackupCall call_;
  std::unique_ptr<StoreBackup> backup_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_BACKUP_RUN_H_
