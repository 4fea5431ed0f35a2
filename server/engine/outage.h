// What the engine's thread does while the store cannot be recovered. Nothing can be written, so no
// command is carried out; but what is committed can often still be read, and an engine loaded with
// that answers questions. Long polls wait, and are answered when their time is over.
//
// Owned by EngineLoop, from a failed write to the recovery that succeeds; its thread alone.
#ifndef LULL_SERVER_ENGINE_OUTAGE_H_
#define LULL_SERVER_ENGINE_OUTAGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "server/engine/command.h"
#include "server/engine/disk_watch.h"
#include "server/engine/engine.h"
#include "server/engine/long_polls.h"
#include "server/engine/pending_answers.h"
#include "server/scheduler/plan.h"
#include "storage/job_store.h"

namespace lull {

class Outage {
 public:
  // Whether the command only asks, or waits.
  static bool Takes(const Command& command);

  // Nothing is owned; all outlive it.
  Outage(std::shared_ptr<const Plan> plan, absl::string_view seed, JobStore* store,
         const Clock* clock, const DiskWatch* disk, LongPolls* polls);

  // After each recovery that failed: loads what is committed, unless it has that.
  void Look();

  // Answers those that ask, and the long polls whose time is over; with `closing` all of them.
  // Every other command is refused, as are all where nothing could be loaded.
  void Answer(std::vector<Command> commands, bool closing, const absl::Status& refusal);

  int64_t running_calls() const { return engine_ == nullptr ? 0 : engine_->running_calls(); }

 private:
  LongPolls::Round PollRound(bool closing);
  template <typename Request, typename Reply>
  void Do(Call<Request, Reply>& call, const absl::Status& refusal);
  void Do(Call<ReadRequest, ReadReply>& call, const absl::Status& refusal);
  void Do(Call<StatsRequest, StatsReply>& call, const absl::Status& refusal);
  void Do(LeaseCall& call, const absl::Status& refusal);
  void Do(AwaitCall& call, const absl::Status& refusal);

  const std::shared_ptr<const Plan> plan_;
  const std::string seed_;
  JobStore& store_;
  const Clock& clock_;
  const DiskWatch& disk_;
  LongPolls& polls_;

  // What is committed. It is asked only: no group of it is ever taken. Null: it could not be read.
  std::unique_ptr<Engine> engine_;
  int64_t view_ = 0;  // of the store, that it was loaded from
  PendingAnswers answers_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_OUTAGE_H_
