// What a refusal or failure that an upstream reports means: the status of the answer and the error
// in its body. Pure.
#ifndef LULL_WORKER_REFUSAL_H_
#define LULL_WORKER_REFUSAL_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/attempt.pb.h"
#include "worker/answer_body.h"

namespace lull {

// An outcome with what is reported beside it.
struct Verdict {
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  v1::Billed billed = v1::BILLED_UNSPECIFIED;
  absl::StatusCode code = absl::StatusCode::kUnknown;
};

// `status` is the HTTP status, or for an error inside a 2xx answer the one that the error names, or
// 200 if it names none. `path` is the job's API path.
Verdict ClassifyRefusal(int status, const AnswerError& error, absl::string_view path);

// "… exceeds your concurrency limit of 39" → 39. At least 1.
std::optional<int32_t> FindConcurrencyCap(absl::string_view message);

// For an exhausted quota that Google counts by the day in Pacific time: how long until its reset.
std::optional<absl::Duration> FindDailyReset(const AnswerError& error, absl::Time now);

// For an exhausted quota of a day of which nobody says when it ends: how long until it is worth
// asking again. Many count from midnight UTC, others over the last 24 hours, where some of it comes
// back at any time: until midnight UTC, but from a minute to an hour.
absl::Duration NextLookAtDailyQuota(absl::Time now);

}  // namespace lull

#endif  // LULL_WORKER_REFUSAL_H_
