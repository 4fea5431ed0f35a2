#include "server/engine/usage_tally.h"

#include "absl/time/time.h"

namespace lull {
namespace {

int32_t DayOf(absl::Time time) {
  return static_cast<int32_t>(absl::ToCivilDay(time, absl::UTCTimeZone()) -
                              absl::CivilDay(1970, 1, 1));
}

}  // namespace

void UsageTally::Count(const JobKind& kind, const Attempt& attempt, int sign) {
  if (attempt.outcome == Outcome::kReleased) return;
  Sums& sums = sums_[{DayOf(attempt.start), kind.tenant, kind.class_name, attempt.upstream,
                      attempt.model.empty() ? kind.model : attempt.model}];
  sums.calls += sign;
  if (attempt.billed == Billed::kMaybe) sums.maybe_billed_calls += sign;
  sums.usage.prompt += sign * attempt.usage.prompt;
  sums.usage.cached_prompt += sign * attempt.usage.cached_prompt;
  sums.usage.completion += sign * attempt.usage.completion;
  sums.usage.reasoning += sign * attempt.usage.reasoning;
}

void UsageTally::MoveTo(std::vector<Record>* records) {
  for (const auto& [key, sums] : sums_) {
    if (sums == Sums()) continue;
    const auto& [day, tenant, class_name, upstream, model] = key;
    records->push_back(UsageAdded{day, tenant, class_name, upstream, model, sums.calls,
                                  sums.maybe_billed_calls, sums.usage});
  }
  sums_.clear();
}

}  // namespace lull
