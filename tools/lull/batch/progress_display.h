// Shows how a batch run stands: a bar that is redrawn on a terminal, a line now and then elsewhere.
#ifndef LULL_TOOLS_LULL_BATCH_PROGRESS_DISPLAY_H_
#define LULL_TOOLS_LULL_BATCH_PROGRESS_DISPLAY_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "tools/lull/batch/run_numbers.h"
#include "tools/lull/terminal.h"

namespace lull {

// Says when something will be complete, from its pace in the last minute. Not thread-safe.
class EtaEstimate {
 public:
  // How much is done at this time; never less than before.
  void Add(absl::Duration steady, size_t done);

  // Until all is done; absent while the pace is not known.
  std::optional<absl::Duration> Remaining(size_t total) const;

 private:
  struct Sample {
    absl::Duration steady;
    size_t done;
  };
  // At most one a second.
  std::deque<Sample> samples_;
};

// "1:02:03" or "2:03".
std::string ClockText(absl::Duration duration);

// One line about the run. `columns` is the width of a bar's whole line; 0: no bar, and not cut.
std::string ProgressLine(const RunProgress& progress, std::optional<absl::Duration> eta,
                         int columns);

// Writes to stderr. Not thread-safe.
class ProgressDisplay {
 public:
  // `quiet`: only what is said by Say().
  ProgressDisplay(const Clock& clock, bool quiet);
  ~ProgressDisplay();

  // Draws if it is time for it.
  void Show(const RunProgress& progress);

  // Draws once more, to stay.
  void ShowLast(const RunProgress& progress);

  // A message of its own.
  void Say(absl::string_view message);

 private:
  void Draw(const RunProgress& progress);
  void ClearBar();

  const Clock& clock_;
  const bool quiet_;
  const Terminal terminal_;
  EtaEstimate eta_;
  absl::Duration next_draw_ = -absl::InfiniteDuration();
  bool bar_drawn_ = false;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_PROGRESS_DISPLAY_H_
