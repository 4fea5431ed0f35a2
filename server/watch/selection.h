// Which jobs a watcher follows. Immutable; any thread.
#ifndef LULL_SERVER_WATCH_SELECTION_H_
#define LULL_SERVER_WATCH_SELECTION_H_

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace lull {

class Selection {
 public:
  // The jobs of these numbers, of which the caller has made sure that they are its tenant's.
  explicit Selection(absl::flat_hash_set<JobNumber> jobs) : jobs_(std::move(jobs)) {}
  // A tenant's jobs that were created with all these labels, which are sorted.
  Selection(std::string tenant, Labels labels)
      : by_labels_(true), tenant_(std::move(tenant)), labels_(std::move(labels)) {}

  bool Has(JobNumber job, absl::string_view tenant, const Labels& create_labels) const {
    if (!by_labels_) return jobs_.contains(job);
    return tenant == tenant_ && std::includes(create_labels.begin(), create_labels.end(),
                                              labels_.begin(), labels_.end());
  }

 private:
  const bool by_labels_ = false;
  const absl::flat_hash_set<JobNumber> jobs_;
  const std::string tenant_;
  const Labels labels_;
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_SELECTION_H_
