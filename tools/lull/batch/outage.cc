#include "tools/lull/batch/outage.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/lull/error_text.h"

namespace lull {

Outage::Outage(const Clock& clock, absl::Duration patience,
               std::function<void(absl::string_view)> say)
    : clock_(clock), patience_(patience), say_(std::move(say)) {}

absl::Status Outage::OnFailure(const absl::Status& status) {
  if (!MayPass(status)) return status;
  const absl::Duration now = clock_.Now().steady;
  if (!began_at_.has_value()) {
    began_at_ = now;
    say_(absl::StrCat("The server does not answer: ", ErrorText(status), "\nTrying again for ",
                      absl::FormatDuration(patience_), "; nothing is lost meanwhile."));
  } else if (now - *began_at_ > patience_) {
    return status;
  }
  resume_at_ = now + pace_.Next();
  return absl::OkStatus();
}

void Outage::OnAnswer() {
  if (began_at_.has_value()) {
    const absl::Duration length = clock_.Now().steady - *began_at_;
    say_(absl::StrCat("The server answers again, after ",
                      absl::FormatDuration(absl::Trunc(length, absl::Milliseconds(100))), "."));
  }
  began_at_.reset();
  pace_.Reset();
}

}  // namespace lull
