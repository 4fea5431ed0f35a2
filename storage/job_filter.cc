#include "storage/job_filter.h"

#include <algorithm>

namespace lull {
namespace {

// nullptr: there is no such key.
const std::string* FindLabel(const Labels& labels, absl::string_view key) {
  for (const auto& [found, value] : labels) {
    if (found == key) return &value;
  }
  return nullptr;
}

}  // namespace

bool JobFilter::Matches(const FilteredJob& job) const {
  if ((states & Bit(job.state)) == 0) return false;
  if (job.create_time < created_from || job.create_time >= created_until) return false;
  const auto is_class = [&](const std::string& name) { return name == job.class_name; };
  if (!std::all_of(class_is.begin(), class_is.end(), is_class)) return false;
  if (std::any_of(class_is_not.begin(), class_is_not.end(), is_class)) return false;
  static const Labels& none = *new Labels;
  const Labels& labels = job.labels == nullptr ? none : *job.labels;
  const auto has_label = [&](const auto& wanted) {
    const std::string* value = FindLabel(labels, wanted.first);
    return value != nullptr && *value == wanted.second;
  };
  return std::all_of(label_is.begin(), label_is.end(), has_label) &&
         std::none_of(label_is_not.begin(), label_is_not.end(), has_label);
}

}  // namespace lull
