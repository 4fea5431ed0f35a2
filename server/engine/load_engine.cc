#include "server/engine/load_engine.h"

#include <utility>

#include "base/free_memory.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace lull {

absl::StatusOr<std::unique_ptr<Engine>> LoadEngineFrom(const JobStore::Recovered& numbers,
                                                       std::shared_ptr<const Plan> plan,
                                                       absl::string_view seed, JobStore& store,
                                                       const Clock& clock) {
  auto engine = std::make_unique<Engine>(std::move(plan), seed, numbers);
  const Instant now = clock.Now();
  engine->StartLoad();
  LULL_RETURN_IF_ERROR(
      store.LoadLive([&](LiveState&& live) { engine->LoadLive(std::move(live), now); }));
  LULL_RETURN_IF_ERROR(store.LoadKeys([&](const KeyAdded& key) { engine->LoadKey(key); }));
  LULL_RETURN_IF_ERROR(store.LoadSmallStates([&](const SmallState& small) {
    // A small state that cannot be read costs what was learned, not the jobs.
    const absl::Status loaded = engine->LoadSmallState(small, now);
    if (!loaded.ok()) LogWarning("engine", "small state ignored", {{"status", loaded}});
  }));
  engine->FinishLoad();
  ReturnFreeMemory();  // what only loading needed
  return engine;
}

absl::StatusOr<LoadedEngine> LoadEngine(std::shared_ptr<const Plan> plan, absl::string_view seed,
                                        JobStore& store, const Clock& clock) {
  const absl::Duration before = clock.Now().steady;
  LULL_ASSIGN_OR_RETURN(const JobStore::Recovered recovered, store.Recover(clock.Now().wall));
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine,
                        LoadEngineFrom(recovered, std::move(plan), seed, store, clock));
  LoadedEngine loaded{std::move(engine), recovered.epoch, clock.Now().steady - before};
  LogInfo("engine", "live jobs loaded",
          {{"epoch", loaded.epoch},
           {"live_jobs", loaded.engine->live_jobs()},
           {"took_seconds", loaded.took}});
  return loaded;
}

}  // namespace lull
