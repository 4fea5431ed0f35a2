#include "tools/busy_api/call_counts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lull {
namespace {

template <typename Map>
std::string CountsJson(const Map& map) {
  return absl::StrCat("{",
                      absl::StrJoin(map, ",",
                                    [](std::string* out, const auto& entry) {
                                      absl::StrAppend(out, "\"", entry.first, "\":", entry.second);
                                    }),
                      "}");
}

}  // namespace

void CallCounts::Begin() {
  ++calls_;
  in_flight_max_ = std::max(in_flight_max_, ++in_flight_);
}

void CallCounts::SlotTaken(int64_t taken) { taken_max_ = std::max(taken_max_, taken); }

void CallCounts::End(const LedgerEnd& end) {
  --in_flight_;
  ++outcomes_[end.outcome];
  ++causes_[end.cause];
  ++statuses_[end.status];
  if (end.billed) ++billed_;
  completion_tokens_ += end.completion_tokens;
  cached_tokens_ += end.cached_tokens;
  cost_ += end.cost;
}

std::string CallCounts::JsonMembers() const {
  return absl::StrCat(
      "\"calls\":", calls_, ",\"in_flight\":", in_flight_, ",\"in_flight_max\":", in_flight_max_,
      ",\"taken_max\":", taken_max_, ",\"billed\":", billed_,
      ",\"completion_tokens\":", completion_tokens_, ",\"cached_tokens\":", cached_tokens_,
      ",\"cost\":", absl::StrFormat("%.9g", cost_), ",\"outcomes\":", CountsJson(outcomes_),
      ",\"causes\":", CountsJson(causes_), ",\"statuses\":", CountsJson(statuses_));
}

}  // namespace lull
