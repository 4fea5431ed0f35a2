// How far something is: one line on a person's screen that is written over and over.
#ifndef LULL_TOOLS_LULL_PROGRESS_LINE_H_
#define LULL_TOOLS_LULL_PROGRESS_LINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "tools/lull/terminal.h"

namespace lull {

// "[#####---------------]" for a part of a whole; both at least 0.
std::string ProgressBar(int64_t done, int64_t total);

// Writes to stderr, and only if that is a terminal. Not thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(const Clock& clock);
  // Takes the line away.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Writes it, at most five times a second.
  void Show(absl::string_view line);

 private:
  const Clock& clock_;
  const Terminal terminal_;
  absl::Duration next_ = -absl::InfiniteDuration();
  bool drawn_ = false;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_PROGRESS_LINE_H_
