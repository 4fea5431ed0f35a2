// A choice among named things by weight, written "429:3,503:1"; a name alone has weight 1.
#ifndef LULL_TOOLS_BUSY_API_MIX_H_
#define LULL_TOOLS_BUSY_API_MIX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

class Mix {
 public:
  struct Choice {
    std::string name;
    double weight;
  };

  explicit Mix(std::vector<Choice> choices);

  // `fraction` in [0, 1) picks by weight. Empty when the mix is.
  absl::string_view Pick(double fraction) const;
  // Takes the weights as probabilities: empty when `fraction` is beyond their sum.
  absl::string_view PickOrNone(double fraction) const;

  const std::vector<Choice>& choices() const { return choices_; }
  double total() const { return total_; }

 private:
  std::vector<Choice> choices_;
  double total_ = 0;
};

// INVALID_ARGUMENT for an empty name or a weight that is no number ≥ 0. "" is an empty mix.
absl::StatusOr<Mix> ParseMix(absl::string_view text);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_MIX_H_
