#include "tools/lull/batch/progress_display.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lull {
namespace {

constexpr absl::Duration kBarInterval = absl::Milliseconds(200);
constexpr absl::Duration kLineInterval = absl::Seconds(5);
constexpr absl::Duration kPaceWindow = absl::Minutes(1);
constexpr absl::Duration kSampleInterval = absl::Seconds(1);
constexpr int kBarCells = 20;

std::string Bar(size_t done, size_t total) {
  const auto filled = static_cast<int>(total == 0 ? kBarCells : done * kBarCells / total);
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarCells - filled, '-'), "] ");
}

}  // namespace

void EtaEstimate::Add(absl::Duration steady, size_t done) {
  if (samples_.empty() || steady >= samples_.back().steady + kSampleInterval) {
    samples_.push_back({steady, done});
  }
  while (samples_.size() > 2 && samples_[1].steady <= steady - kPaceWindow) samples_.pop_front();
}

std::optional<absl::Duration> EtaEstimate::Remaining(size_t total) const {
  if (samples_.size() < 2) return std::nullopt;
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  if (last.done == first.done) return std::nullopt;
  return (last.steady - first.steady) / static_cast<double>(last.done - first.done) *
         static_cast<double>(total - last.done);
}

std::string ClockText(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration + absl::Milliseconds(500));
  if (seconds < 3600) return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string ProgressLine(const RunProgress& progress, std::optional<absl::Duration> eta,
                         int columns) {
  const size_t done = progress.answered + progress.failed;
  std::string line = columns > 0 ? Bar(done, progress.total) : std::string();
  absl::StrAppend(&line, progress.answered, "/", progress.total, " answered");
  if (progress.failed > 0) absl::StrAppend(&line, ", ", progress.failed, " failed");
  // Before what may be cut off.
  if (done < progress.total) {
    absl::StrAppend(&line, ", ETA ", eta.has_value() ? ClockText(*eta) : "-:--");
  }
  if (progress.running > 0) absl::StrAppend(&line, ", ", progress.running, " running");
  if (progress.waiting > 0) absl::StrAppend(&line, ", ", progress.waiting, " waiting");
  if (!progress.waiting_for.empty()) absl::StrAppend(&line, " (", progress.waiting_for, ")");
  if (progress.refusals > 0) absl::StrAppend(&line, ", ", progress.refusals, " refusals met");
  return columns > 0 ? CutToWidth(line, columns) : line;
}

ProgressDisplay::ProgressDisplay(const Clock& clock, bool quiet)
    : clock_(clock), quiet_(quiet), terminal_(STDERR_FILENO) {}

ProgressDisplay::~ProgressDisplay() {
  if (bar_drawn_) std::fputs("\n", stderr);
}

void ProgressDisplay::Show(const RunProgress& progress) {
  const absl::Duration now = clock_.Now().steady;
  eta_.Add(now, progress.answered + progress.failed);
  if (quiet_ || now < next_draw_) return;
  next_draw_ = now + (terminal_.is_terminal() ? kBarInterval : kLineInterval);
  Draw(progress);
}

void ProgressDisplay::ShowLast(const RunProgress& progress) {
  if (quiet_) return;
  Draw(progress);
  if (bar_drawn_) std::fputs("\n", stderr);
  bar_drawn_ = false;
}

void ProgressDisplay::Say(absl::string_view message) {
  ClearBar();
  std::fputs(absl::StrCat(message, "\n").c_str(), stderr);
}

void ProgressDisplay::Draw(const RunProgress& progress) {
  const std::optional<absl::Duration> eta = eta_.Remaining(progress.total);
  if (!terminal_.is_terminal()) {
    std::fputs(absl::StrCat(ProgressLine(progress, eta, 0), "\n").c_str(), stderr);
    return;
  }
  ClearBar();
  // One column less: a full line would move the cursor on.
  std::fputs(ProgressLine(progress, eta, std::max(terminal_.columns() - 1, 20)).c_str(), stderr);
  bar_drawn_ = true;
}

void ProgressDisplay::ClearBar() {
  if (bar_drawn_) std::fputs("\r\x1b[K", stderr);
  bar_drawn_ = false;
}

}  // namespace lull
