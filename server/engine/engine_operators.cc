// What operators tell the engine: it holds across restarts.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"

namespace lull {
namespace {

// "MICROSECONDS\nREASON"; no number: it does not resume by itself.
std::string PauseText(const ClassStats& paused) {
  const std::string time = paused.resume_time == absl::InfiniteFuture()
                               ? ""
                               : absl::StrCat(absl::ToUnixMicros(paused.resume_time));
  return absl::StrCat(time, "\n", paused.pause_reason);
}

}  // namespace

// ---- classes

PauseClassReply Engine::Execute(const PauseClassRequest& request, Instant now) {
  const std::optional<int> index = plan_->FindClass(request.class_name);
  if (!index) {
    return {WithReason(
        absl::NotFoundError(absl::StrCat("there is no class \"", request.class_name, "\"")),
        "UNKNOWN_CLASS")};
  }
  const ClassStats& known = class_counts_[*index];
  const bool same = request.pause ? known.paused && known.pause_reason == request.reason &&
                                        known.resume_time == request.resume_time
                                  : !known.paused;
  if (same) return {absl::OkStatus()};
  if (request.pause && request.resume_time > now.wall) {
    Pause(*index, request.reason, request.resume_time);
  } else {
    Resume(*index);
  }
  return {absl::OkStatus()};
}

void Engine::Pause(int index, std::string reason, absl::Time resume_time) {
  ClassStats& paused = class_counts_[index];
  paused.paused = true;
  paused.pause_reason = std::move(reason);
  paused.resume_time = resume_time;
  scheduler_.PauseClass(index, true);
  group_.records.push_back(SmallState{std::string(kPausedClass), paused.name, PauseText(paused)});
}

void Engine::Resume(int index) {
  ClassStats& paused = class_counts_[index];
  if (!paused.paused) return;
  paused.paused = false;
  paused.pause_reason.clear();
  paused.resume_time = absl::InfiniteFuture();
  scheduler_.PauseClass(index, false);
  group_.records.push_back(SmallState{std::string(kPausedClass), paused.name, std::nullopt});
}

void Engine::ResumeDueClasses(Instant now) {
  for (size_t i = 0; i < class_counts_.size(); ++i) {
    if (class_counts_[i].resume_time <= now.wall) Resume(static_cast<int>(i));
  }
}

absl::Time Engine::NextResume() const {
  absl::Time next = absl::InfiniteFuture();
  for (const ClassStats& of_class : class_counts_) next = std::min(next, of_class.resume_time);
  return next;
}

absl::Status Engine::LoadPause(const SmallState& state) {
  const std::optional<int> index = plan_->FindClass(state.key);
  if (!index) return absl::OkStatus();  // it waits for its class to come back
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(state.value.value_or(""), absl::MaxSplits('\n', 1));
  int64_t micros = 0;
  if (!parts.first.empty() && !absl::SimpleAtoi(parts.first, &micros)) {
    return absl::InvalidArgumentError(absl::StrCat("not a saved pause: class \"", state.key, "\""));
  }
  ClassStats& paused = class_counts_[*index];
  paused.paused = true;
  paused.pause_reason = parts.second;
  if (!parts.first.empty()) paused.resume_time = absl::FromUnixMicros(micros);
  scheduler_.PauseClass(*index, true);
  return absl::OkStatus();
}

// ---- workers

DrainWorkerReply Engine::Execute(const DrainWorkerRequest& request, Instant) {
  WorkerTable::Worker* worker = workers_.Find(request.worker);
  if (worker == nullptr) {
    return {WithReason(
        absl::NotFoundError(absl::StrCat("no worker \"", request.worker, "\" was heard of lately")),
        "UNKNOWN_WORKER")};
  }
  if (worker->draining) return {absl::OkStatus()};
  worker->draining = true;
  group_.records.push_back(SmallState{std::string(kDrainingWorker), request.worker, ""});
  return {absl::OkStatus()};
}

void Engine::LoadDrain(const SmallState& state, Instant now) {
  // It has as long as any other to be heard of again.
  WorkerTable::Worker* worker = workers_.Seen(state.key, now.steady);
  if (worker != nullptr) worker->draining = true;
}

void Engine::ForgetWorkers(Instant now) {
  for (const std::string& gone : workers_.Forget(now.steady)) {
    group_.records.push_back(SmallState{std::string(kDrainingWorker), gone, std::nullopt});
  }
}

}  // namespace lull
