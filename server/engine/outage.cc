#include "server/engine/outage.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "server/engine/load_engine.h"
#include "server/scheduler/pending_reason.h"

namespace lull {

bool Outage::Takes(const Command& command) {
  return std::holds_alternative<Call<ReadRequest, ReadReply>>(command) ||
         std::holds_alternative<Call<StatsRequest, StatsReply>>(command) ||
         std::holds_alternative<LeaseCall>(command) || std::holds_alternative<AwaitCall>(command);
}

Outage::Outage(std::shared_ptr<const Plan> plan, absl::string_view seed, JobStore* store,
               const Clock* clock, const DiskWatch* disk, LongPolls* polls)
    : plan_(std::move(plan)),
      seed_(seed),
      store_(*store),
      clock_(*clock),
      disk_(*disk),
      polls_(*polls) {}

void Outage::Look() {
  const absl::StatusOr<JobStore::Committed> committed = store_.FindCommitted();
  if (!committed.ok()) {
    engine_.reset();
    LogError("engine", "nor can the store be read", {{"status", committed.status()}});
    return;
  }
  if (engine_ == nullptr || committed->view != view_) {
    engine_.reset();  // first: there is room for one
    absl::StatusOr<std::unique_ptr<Engine>> loaded =
        LoadEngineFrom(committed->numbers, plan_, seed_, store_, clock_);
    if (!loaded.ok()) {
      LogError("engine", "nor can the store be loaded", {{"status", loaded.status()}});
      return;
    }
    engine_ = *std::move(loaded);
    view_ = committed->view;
    polls_.AskAgain(PollRound(/*closing=*/false));
    answers_.Release(absl::OkStatus());
  }
  engine_->HoldCalls(
      disk_.takes_jobs() ? PendingReason::kStoreUnavailable : PendingReason::kDiskLow,
      absl::StrCat("the server cannot write to its store",
                   disk_.takes_jobs() ? "" : ", because its disk is full",
                   ": no calls are started until it can"));
}

LongPolls::Round Outage::PollRound(bool closing) {
  return {*engine_, answers_, clock_.Now(), closing, /*grants=*/false};
}

void Outage::Answer(std::vector<Command> commands, bool closing, const absl::Status& refusal) {
  for (Command& command : commands) {
    std::visit([&](auto& call) { Do(call, refusal); }, command);
  }
  if (engine_ != nullptr) {
    polls_.Serve(PollRound(closing));
  } else {
    polls_.GiveUp(closing ? absl::InfiniteDuration() : clock_.Now().steady, refusal);
  }
  // What they say is on disk already.
  answers_.Release(absl::OkStatus());
}

template <typename Request, typename Reply>
void Outage::Do(Call<Request, Reply>& call, const absl::Status& refusal) {
  call.done(refusal);
}

void Outage::Do(Call<ReadRequest, ReadReply>& call, const absl::Status& refusal) {
  if (engine_ == nullptr) return call.done(refusal);
  answers_.Add(std::move(call.done), engine_->Execute(call.request, clock_.Now()));
}

void Outage::Do(Call<StatsRequest, StatsReply>& call, const absl::Status& refusal) {
  if (engine_ == nullptr) return call.done(refusal);
  StatsReply stats = engine_->Execute(call.request, clock_.Now());
  stats.refusing_submits = std::string(refusal.message());
  stats.disk_reserve_bytes = disk_.reserve_bytes();
  answers_.Add(std::move(call.done), std::move(stats));
}

void Outage::Do(LeaseCall& call, const absl::Status& refusal) {
  if (engine_ == nullptr) return call.done(refusal);
  polls_.Take(call, PollRound(/*closing=*/false));
}

void Outage::Do(AwaitCall& call, const absl::Status& refusal) {
  if (engine_ == nullptr) return call.done(refusal);
  polls_.Take(call, PollRound(/*closing=*/false));
}

}  // namespace lull
