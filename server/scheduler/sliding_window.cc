#include "server/scheduler/sliding_window.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {
constexpr int kSavedSteps = 256;
}  // namespace

void SlidingWindow::Forget(absl::Duration steady_now) {
  // A window is half open: a grant exactly W ago is outside.
  while (!runs_.empty() && runs_.front().at + limit_.window <= steady_now) {
    used_ -= runs_.front().count;
    runs_.pop_front();
  }
}

bool SlidingWindow::HasRoom(absl::Duration steady_now) {
  Forget(steady_now);
  return used_ < limit_.count;
}

void SlidingWindow::Take(absl::Duration steady_now) {
  ++used_;
  if (!runs_.empty() && runs_.back().at >= steady_now) {
    ++runs_.back().count;
  } else {
    runs_.push_back({steady_now, 1});
  }
}

absl::Duration SlidingWindow::NextRoom(absl::Duration steady_now) {
  if (HasRoom(steady_now)) return steady_now;
  int64_t left = used_;
  for (const Run& run : runs_) {
    left -= run.count;
    if (left < limit_.count) return run.at + limit_.window;
  }
  return steady_now;
}

int64_t SlidingWindow::used(absl::Duration steady_now) {
  Forget(steady_now);
  return used_;
}

std::string SlidingWindow::Save(Instant now) const {
  // "micros:count,micros:count,…", wall time, each run's time rounded up to a step.
  const int64_t step = std::max<int64_t>(1, absl::ToInt64Microseconds(limit_.window) / kSavedSteps);
  std::string saved;
  int64_t at = 0;
  int64_t count = 0;
  auto flush = [&] {
    if (count > 0) absl::StrAppend(&saved, saved.empty() ? "" : ",", at, ":", count);
    count = 0;
  };
  for (const Run& run : runs_) {
    const int64_t micros = absl::ToUnixMicros(now.wall - (now.steady - run.at));
    const int64_t rounded = (micros + step - 1) / step * step;
    if (rounded != at) flush();
    at = rounded;
    count += run.count;
  }
  flush();
  return saved;
}

absl::Status SlidingWindow::Restore(absl::string_view saved, Instant now) {
  std::vector<Run> restored;
  for (absl::string_view item : absl::StrSplit(saved, ',', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(item, ':');
    int64_t micros = 0;
    int64_t count = 0;
    if (!absl::SimpleAtoi(parts.first, &micros) || !absl::SimpleAtoi(parts.second, &count) ||
        count < 0) {
      return absl::InvalidArgumentError(absl::StrCat("not a saved window: \"", item, "\""));
    }
    const absl::Duration ago =
        std::max(absl::ZeroDuration(), now.wall - absl::FromUnixMicros(micros));
    restored.push_back({now.steady - ago, count});
  }
  for (const Run& run : restored) {
    runs_.push_back(run);
    used_ += run.count;
  }
  std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.at < b.at; });
  Forget(now.steady);
  return absl::OkStatus();
}

}  // namespace lull
