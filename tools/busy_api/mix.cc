#include "tools/busy_api/mix.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lull {

Mix::Mix(std::vector<Choice> choices) : choices_(std::move(choices)) {
  for (const Choice& choice : choices_) total_ += choice.weight;
}

absl::string_view Mix::Pick(double fraction) const {
  const absl::string_view picked = PickOrNone(fraction * total_);
  // Rounding may carry the last choice's end just below the fraction.
  return picked.empty() && !choices_.empty() ? absl::string_view(choices_.back().name) : picked;
}

absl::string_view Mix::PickOrNone(double fraction) const {
  double end = 0;
  for (const Choice& choice : choices_) {
    end += choice.weight;
    if (fraction < end) return choice.name;
  }
  return "";
}

absl::StatusOr<Mix> ParseMix(absl::string_view text) {
  std::vector<Mix::Choice> choices;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(part), absl::MaxSplits(':', 1));
    double weight = 1;
    const bool weighted = part.find(':') != absl::string_view::npos;
    if (pair.first.empty() ||
        (weighted && (!absl::SimpleAtod(pair.second, &weight) || !(weight >= 0)))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", part, "\" is no choice; write NAME or NAME:WEIGHT with a weight of 0 or more"));
    }
    choices.push_back({std::string(pair.first), weight});
  }
  return Mix(std::move(choices));
}

}  // namespace lull
