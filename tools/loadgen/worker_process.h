// A process of this program in mode worker, that tells how many jobs it has finished.
#ifndef LULL_TOOLS_LOADGEN_WORKER_PROCESS_H_
#define LULL_TOOLS_LOADGEN_WORKER_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "tools/loadgen/load_options.h"

namespace lull {

class WorkerProcess {
 public:
  // `finished` is told of more finished jobs, on a thread of this object.
  using Finished = absl::AnyInvocable<void(int64_t more)>;

  // INTERNAL: it cannot be started.
  static absl::StatusOr<std::unique_ptr<WorkerProcess>> Start(const LoadOptions& options,
                                                              int number, Finished finished);
  ~WorkerProcess();  // Stop()

  // Ends it with SIGTERM and waits for it. Idempotent.
  void Stop();

 private:
  WorkerProcess(pid_t pid, int output, Finished finished);
  void Listen();

  pid_t pid_;
  const int output_;
  Finished finished_;
  std::thread listener_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_WORKER_PROCESS_H_
