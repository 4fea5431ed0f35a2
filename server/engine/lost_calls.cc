#include "server/engine/lost_calls.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

SmallState StateOf(const std::pair<JobNumber, LeaseNumber>& key) {
  return {std::string(LostCalls::kKind), absl::StrCat(key.first, "/", key.second), std::nullopt};
}

}  // namespace

SmallState LostCalls::Add(JobNumber job, LeaseNumber lease, Lost lost) {
  SmallState state = StateOf({job, lease});
  // Names last: they may hold anything but a line break, which the config refuses.
  state.value =
      absl::StrCat(absl::ToUnixMicros(lost.until), "\n", lost.class_name, "\n", lost.upstream);
  lost_.insert_or_assign({job, lease}, std::move(lost));
  return state;
}

std::optional<std::pair<LostCalls::Lost, SmallState>> LostCalls::Remove(JobNumber job,
                                                                        LeaseNumber lease) {
  auto node = lost_.extract({job, lease});
  if (node.empty()) return std::nullopt;
  return std::make_pair(std::move(node.mapped()), StateOf(node.key()));
}

std::vector<std::pair<LostCalls::Lost, SmallState>> LostCalls::RemoveDue(absl::Time wall_now) {
  std::vector<std::pair<Lost, SmallState>> due;
  for (auto it = lost_.begin(); it != lost_.end();) {
    if (it->second.until > wall_now) {
      ++it;
      continue;
    }
    due.emplace_back(it->second, StateOf(it->first));
    it = lost_.erase(it);
  }
  return due;
}

absl::Time LostCalls::NextDue() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [key, lost] : lost_) next = std::min(next, lost.until);
  return next;
}

absl::StatusOr<RunningCall> LostCalls::Restore(const SmallState& state, const Plan& plan,
                                               absl::Duration steady_now) {
  const std::vector<std::string> key = absl::StrSplit(state.key, '/');
  const std::vector<std::string> value = absl::StrSplit(state.value.value_or(""), '\n');
  JobNumber job = 0;
  LeaseNumber lease = 0;
  int64_t until = 0;
  if (key.size() != 2 || value.size() != 3 || !absl::SimpleAtoi(key[0], &job) ||
      !absl::SimpleAtoi(key[1], &lease) || !absl::SimpleAtoi(value[0], &until)) {
    return absl::InvalidArgumentError(absl::StrCat("not a saved lost call: \"", state.key, "\""));
  }
  Lost lost;
  lost.class_name = value[1];
  lost.upstream = value[2];
  lost.until = absl::FromUnixMicros(until);
  lost.call.class_index = plan.FindClass(lost.class_name).value_or(-1);
  lost.call.upstream = plan.FindUpstream(lost.upstream).value_or(-1);
  lost.call.started = steady_now;
  const RunningCall call = lost.call;
  lost_.insert_or_assign({job, lease}, std::move(lost));
  return call;
}

}  // namespace lull
