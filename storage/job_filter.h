// Which of a tenant's jobs are meant: comparisons that all have to hold. The language that people
// write it in is server/api/job_filter_text.h.
#ifndef LULL_STORAGE_JOB_FILTER_H_
#define LULL_STORAGE_JOB_FILTER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/record.h"

namespace lull {

// What a filter looks at. The job's present values.
struct FilteredJob {
  JobState state = JobState::kPending;
  absl::string_view class_name;
  absl::Time create_time;
  const Labels* labels = nullptr;  // nullptr: it has none
};

struct JobFilter {
  static constexpr uint32_t Bit(JobState state) {
    return uint32_t{1} << static_cast<unsigned>(state);
  }
  static constexpr uint32_t kAllStates = 0xfe;
  static constexpr uint32_t kEndedStates = 0xf0;

  uint32_t states = kAllStates;                       // Bit() of each that is meant
  std::vector<std::string> class_is;                  // every one has to hold
  std::vector<std::string> class_is_not;              // none may hold
  Labels label_is;                                    // pairs; a job without the key does not match
  Labels label_is_not;                                // pairs; a job without the key does match
  absl::Time created_from = absl::InfinitePast();     // inclusive
  absl::Time created_until = absl::InfiniteFuture();  // exclusive

  bool Matches(const FilteredJob& job) const;
  friend bool operator==(const JobFilter&, const JobFilter&) = default;
};

}  // namespace lull

#endif  // LULL_STORAGE_JOB_FILTER_H_
