// The one recovery path, at every start and after a failed commit: the store is recovered and a new
// engine made of what it holds. Blocks; on the engine's thread, or before there is one.
#ifndef LULL_SERVER_ENGINE_LOAD_ENGINE_H_
#define LULL_SERVER_ENGINE_LOAD_ENGINE_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "server/engine/engine.h"
#include "server/scheduler/plan.h"
#include "storage/job_store.h"

namespace lull {

struct LoadedEngine {
  std::unique_ptr<Engine> engine;
  int64_t epoch = 0;
  absl::Duration took;
};

// The store's errors; it may be tried again.
absl::StatusOr<LoadedEngine> LoadEngine(std::shared_ptr<const Plan> plan, absl::string_view seed,
                                        JobStore& store, const Clock& clock);

// The second half of it: of a store that was recovered, or whose committed state was found.
absl::StatusOr<std::unique_ptr<Engine>> LoadEngineFrom(const JobStore::Recovered& numbers,
                                                       std::shared_ptr<const Plan> plan,
                                                       absl::string_view seed, JobStore& store,
                                                       const Clock& clock);

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_LOAD_ENGINE_H_
