#include "tools/lull/up/supervisor.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/lull/up/log_tail.h"

namespace lull {
namespace {

// Programs that are starting are looked at this often.
constexpr absl::Duration kReadyInterval = absl::Milliseconds(25);
constexpr absl::Duration kRotateInterval = absl::Minutes(1);
constexpr int64_t kLogBytesMax = 64 * 1024 * 1024;

std::optional<std::string> ReadIfThere(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace

struct Supervisor::Child {
  SupervisedProgram program;
  std::unique_ptr<ChildProcess> process;
  RestartPace pace;
  std::string log_path;
  // Where the log of its present run begins.
  int64_t log_offset = 0;
  // What it wrote when it was last ready; absent: it never was.
  std::optional<std::string> ready_text;
  bool ready = false;
  // Absent: it runs, or is not to be started again.
  std::optional<absl::Duration> restart_at;
};

Supervisor::Supervisor(const Clock& clock, Interruption& interruption,
                       std::function<void(absl::string_view)> say)
    : clock_(clock),
      interruption_(interruption),
      say_(std::move(say)),
      rotate_at_(clock.Now().steady + kRotateInterval),
      registration_(interruption.OnStop([this] {
        MutexLock lock(mutex_);
        interrupted_ = true;
        changed_.SignalAll();
      })) {}

// While all that their ends are reported to is still there.
Supervisor::~Supervisor() { children_.clear(); }

absl::Status Supervisor::Launch(size_t index) {
  Child& child = *children_[index];
  const ChildCommand command = child.program.command();
  child.log_path = command.log_path;
  RotateLog(child.log_path, kLogBytesMax);
  child.log_offset = FileSize(child.log_path);
  child.ready = false;
  child.restart_at.reset();
  std::error_code ignored;
  std::filesystem::remove(child.program.ready_path, ignored);
  LULL_ASSIGN_OR_RETURN(child.process,
                        ChildProcess::Start(command, [this, index](const ChildEnd& end) {
                          MutexLock lock(mutex_);
                          ends_.emplace_back(index, end);
                          changed_.SignalAll();
                        }));
  return absl::OkStatus();
}

absl::StatusOr<std::string> Supervisor::Start(SupervisedProgram program) {
  children_.push_back(std::make_unique<Child>());
  Child& child = *children_.back();
  child.program = std::move(program);
  LULL_RETURN_IF_ERROR(Launch(children_.size() - 1));
  while (!child.ready) {
    if (interruption_.stopped()) return absl::CancelledError("interrupted");
    Wait(NextTimer());
    LULL_RETURN_IF_ERROR(Step());
  }
  return *child.ready_text;
}

absl::Status Supervisor::Run(const std::function<void()>& on_restart) {
  while (!interruption_.stopped()) {
    Wait(NextTimer());
    LULL_RETURN_IF_ERROR(Step());
    if (std::exchange(restarted_, false)) on_restart();
  }
  return absl::OkStatus();
}

absl::Status Supervisor::Step() {
  for (const auto& [index, end] : TakeEnds()) LULL_RETURN_IF_ERROR(OnEnd(index, end));
  const absl::Duration now = clock_.Now().steady;
  for (size_t index = 0; index < children_.size(); ++index) {
    Child& child = *children_[index];
    if (child.restart_at.has_value() && *child.restart_at <= now) {
      LULL_RETURN_IF_ERROR(Launch(index));
    } else if (child.process != nullptr && !child.ready) {
      LULL_RETURN_IF_ERROR(OnReady(child));
    }
  }
  if (now >= rotate_at_) {
    rotate_at_ = now + kRotateInterval;
    for (const auto& child : children_) RotateLog(child->log_path, kLogBytesMax);
  }
  return absl::OkStatus();
}

absl::Status Supervisor::OnReady(Child& child) {
  std::optional<std::string> text = ReadIfThere(child.program.ready_path);
  if (!text.has_value()) return absl::OkStatus();
  child.ready = true;
  child.pace.OnReady(clock_.Now().steady);
  if (child.ready_text.has_value()) {
    say_(absl::StrCat(child.program.name, " is running again."));
    restarted_ = true;
  }
  child.ready_text = std::move(text);
  return absl::OkStatus();
}

absl::Status Supervisor::OnEnd(size_t index, const ChildEnd& end) {
  Child& child = *children_[index];
  const bool was_ready = child.ready;
  child.process.reset();
  child.ready = false;
  const std::string what = absl::StrCat(child.program.name, " ended ", end.ToText());
  const std::string log = LogTail(child.log_path, child.log_offset);
  const std::string last_words =
      log.empty() ? "" : absl::StrCat(". Its last words:\n", absl::StripSuffix(log, "\n"));
  if (!child.ready_text.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(what, " before it was ready", last_words));
  }
  const absl::Duration now = clock_.Now().steady;
  const std::optional<absl::Duration> delay = child.pace.OnEnd(now);
  if (!delay.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, ", again and again; giving up", last_words));
  }
  child.restart_at = now + *delay;
  say_(absl::StrCat(what, "; starting it again in ", absl::FormatDuration(*delay), ".",
                    was_ready ? "" : last_words));
  return absl::OkStatus();
}

void Supervisor::Stop(absl::Duration grace) {
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    (*child)->restart_at.reset();
    if ((*child)->process == nullptr) continue;
    (*child)->process->Signal(SIGTERM);
    const absl::Duration end = clock_.Now().steady + grace;
    while ((*child)->process != nullptr && clock_.Now().steady < end) {
      Wait(end, /*stopping=*/true);
      for (const auto& [index, ended] : TakeEnds()) children_[index]->process.reset();
    }
    if ((*child)->process != nullptr) {
      say_(absl::StrCat((*child)->program.name, " does not stop; killing it."));
      (*child)->process.reset();
    }
  }
}

std::vector<pid_t> Supervisor::Pids() const {
  std::vector<pid_t> pids;
  for (const auto& child : children_) {
    pids.push_back(child->process == nullptr ? 0 : child->process->pid());
  }
  return pids;
}

absl::Duration Supervisor::NextTimer() const {
  absl::Duration next = rotate_at_;
  for (const auto& child : children_) {
    if (child->restart_at.has_value()) next = std::min(next, *child->restart_at);
    if (child->process != nullptr && !child->ready) {
      next = std::min(next, clock_.Now().steady + kReadyInterval);
    }
  }
  return next;
}

void Supervisor::Wait(absl::Duration until, bool stopping) {
  MutexLock lock(mutex_);
  while (ends_.empty() && (stopping || !interrupted_) &&
         !clock_.WaitUntil(changed_, mutex_, until)) {
  }
}

std::vector<std::pair<size_t, ChildEnd>> Supervisor::TakeEnds() {
  MutexLock lock(mutex_);
  return std::exchange(ends_, {});
}

}  // namespace lull
