// The time in which the server cannot be reached.
#ifndef LULL_TOOLS_LULL_BATCH_OUTAGE_H_
#define LULL_TOOLS_LULL_BATCH_OUTAGE_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "tools/lull/retry_pace.h"

namespace lull {

// Decides after each failed call whether it is made again and when. Says once when an outage begins
// and once when it is over. Not thread-safe.
class Outage {
 public:
  // `patience` is the longest outage to sit out; `say` gets the messages.
  Outage(const Clock& clock, absl::Duration patience, std::function<void(absl::string_view)> say);

  // A call failed. OK: it may be made again after resume_at(). Otherwise the error to give up with.
  absl::Status OnFailure(const absl::Status& status);

  // A call was answered.
  void OnAnswer();

  // No calls before this steady time.
  absl::Duration resume_at() const { return resume_at_; }

 private:
  const Clock& clock_;
  const absl::Duration patience_;
  const std::function<void(absl::string_view)> say_;
  RetryPace pace_;
  std::optional<absl::Duration> began_at_;
  absl::Duration resume_at_ = -absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_OUTAGE_H_
