#include "server/engine/inbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/engine_status.h"

namespace lull {
namespace {

struct Weight {
  int64_t bytes = 0;
  bool reserved = false;  // may use the reserved room
};

Weight WeightOf(const Command& command) {
  Weight weight;
  if (const auto* submit = std::get_if<Call<SubmitRequest, SubmitReply>>(&command)) {
    for (const NewJob& job : submit->request.jobs) {
      if (job.spec->body) weight.bytes += static_cast<int64_t>(job.spec->body->size());
    }
  } else if (const auto* finish = std::get_if<Call<FinishRequest, FinishReply>>(&command)) {
    weight.reserved = true;
    for (const AttemptReport& report : finish->request.reports) {
      if (report.response) weight.bytes += static_cast<int64_t>(report.response->size());
    }
  } else if (const auto* progress = std::get_if<Call<ProgressRequest, ProgressReply>>(&command)) {
    weight.bytes = progress->request.bytes;
  } else {
    weight.reserved = std::holds_alternative<Call<RenewRequest, RenewReply>>(command) ||
                      std::holds_alternative<Call<ReleaseRequest, ReleaseReply>>(command);
  }
  return weight;
}

}  // namespace

absl::Status Inbox::Push(Command command) {
  const Weight weight = WeightOf(command);
  {
    MutexLock lock(mutex_);
    const int64_t max_calls = limits_.calls + (weight.reserved ? limits_.reserved_calls : 0);
    const int64_t max_bytes = limits_.bytes + (weight.reserved ? limits_.reserved_bytes : 0);
    if (static_cast<int64_t>(waiting_.size()) >= max_calls ||
        (bytes_ + weight.bytes > max_bytes && !waiting_.empty())) {
      return WithRetryAfter(
          WithReason(absl::ResourceExhaustedError(absl::StrCat(
                         "the server has more to do than it can take: ", waiting_.size(),
                         " calls with ", bytes_, " bytes wait already; try again shortly")),
                     "SERVER_OVERLOADED"),
          absl::Seconds(1));
    }
    bytes_ += weight.bytes;
    waiting_.push_back({std::move(command), weight.bytes});
    if (waiting_.size() > 1) return absl::OkStatus();  // whoever takes was told already
  }
  changed_.Signal();
  return absl::OkStatus();
}

std::vector<Command> Inbox::Take(absl::Duration until, int64_t max_calls, int64_t max_bytes) {
  MutexLock lock(mutex_);
  while (waiting_.empty() && !woken_) {
    if (clock_->WaitUntil(changed_, mutex_, until)) break;
  }
  woken_ = false;
  std::vector<Command> taken;
  int64_t bytes = 0;
  while (!waiting_.empty() && static_cast<int64_t>(taken.size()) < max_calls) {
    const int64_t next = waiting_.front().bytes;
    if (!taken.empty() && bytes + next > max_bytes) break;
    bytes += next;
    taken.push_back(std::move(waiting_.front().command));
    waiting_.pop_front();
  }
  bytes_ -= bytes;
  return taken;
}

void Inbox::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.Signal();
}

}  // namespace lull
