#include "server/http/enum_label.h"

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/api/convert_enum.h"

namespace lull {
namespace {

std::string Lower(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

}  // namespace

std::string LabelOf(Outcome outcome) {
  return Lower(v1::Outcome_Name(ToProto(outcome)), "OUTCOME_");
}

std::string LabelOf(JobState state) {
  return Lower(v1::JobState_Name(ToProto(state)), "JOB_STATE_");
}

std::string LabelOf(PendingReason reason) {
  if (reason == PendingReason::kNone) return "none";
  return Lower(v1::PendingReason_Name(ToProto(reason)), "PENDING_REASON_");
}

}  // namespace lull
