// The language in which people say which jobs they mean, a subset of AIP-160: comparisons that are
// joined by AND, e.g.
//
//     state = FAILED AND class = "batch" AND labels.team != "a" AND
//     create_time >= "2026-01-31T00:00:00Z"
//
// `state` and `class` (=, !=), `labels.KEY` (=, !=; a job without the label does match !=) and
// `create_time` (=, <, <=, >, >=). States by their names in the API, with or without JOB_STATE_.
// A value stands bare or in quotes, in which \ takes the next character as it is. Comparisons that
// contradict each other are legal and match nothing.
//
// Pure functions, for any thread; any bytes may come in.
#ifndef LULL_SERVER_API_JOB_FILTER_TEXT_H_
#define LULL_SERVER_API_JOB_FILTER_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/job_filter.h"

namespace lull {

inline constexpr int kMaxFilterCharacters = 2000;
inline constexpr int kMaxFilterComparisons = 16;

// The filter, each of its lists sorted and without repetitions; that of an empty text matches every
// job. INVALID_ARGUMENT, with a message that follows the field's name: in which column (counted in
// characters, from 1) what was found and what is allowed.
absl::StatusOr<JobFilter> ParseJobFilter(absl::string_view text);

// A text that ParseJobFilter turns into the same filter, for filters that came from it (one near
// the limits may become longer than they allow).
std::string JobFilterText(const JobFilter& filter);

}  // namespace lull

#endif  // LULL_SERVER_API_JOB_FILTER_TEXT_H_
