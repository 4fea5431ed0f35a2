#include "tools/lull/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(200);
constexpr int kBarCells = 20;

}  // namespace

std::string ProgressBar(int64_t done, int64_t total) {
  const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1;
  const int filled = std::clamp(static_cast<int>(share * kBarCells), 0, kBarCells);
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarCells - filled, '-'), "]");
}

ProgressLine::ProgressLine(const Clock& clock) : clock_(clock), terminal_(STDERR_FILENO) {}

ProgressLine::~ProgressLine() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::Show(absl::string_view line) {
  const absl::Duration now = clock_.Now().steady;
  if (!terminal_.is_terminal() || now < next_) return;
  next_ = now + kInterval;
  drawn_ = true;
  // One column less: a full line would move the cursor on.
  std::fputs(
      absl::StrCat("\r\x1b[K", CutToWidth(line, std::max(terminal_.columns() - 1, 20))).c_str(),
      stderr);
}

}  // namespace lull
