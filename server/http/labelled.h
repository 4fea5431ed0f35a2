// The metrics of one family by the values of its labels, found without making a label map each
// time.
//
// A label takes values only out of a closed set: configured names, RPC methods, enum values. Beyond
// kMaxSeries of them the rest is counted under "other", so that a fault elsewhere cannot grow the
// process or the monitoring without bound. Any thread.
#ifndef LULL_SERVER_HTTP_LABELLED_H_
#define LULL_SERVER_HTTP_LABELLED_H_

#include <prometheus/family.h>

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"

namespace lull {

template <typename Metric>
class Labelled {
 public:
  static constexpr size_t kMaxSeries = 20'000;

  // `arguments` go to each new Metric.
  template <typename... Arguments>
  Labelled(prometheus::Family<Metric>& family, std::vector<std::string> names,
           const Arguments&... arguments)
      : names_(std::move(names)),
        add_([&family, arguments...](const std::map<std::string, std::string>& labels) {
          return &family.Add(labels, arguments...);
        }) {}

  // As many values as there are names.
  Metric& With(std::initializer_list<absl::string_view> values) {
    const std::string key = absl::StrJoin(values, "\x1f");
    MutexLock lock(mutex_);
    auto it = metrics_.find(key);
    if (it == metrics_.end()) it = metrics_.emplace(key, Add(values)).first;
    return *it->second;
  }

 private:
  Metric* Add(std::initializer_list<absl::string_view> values)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::map<std::string, std::string> labels;
    size_t i = 0;
    for (const absl::string_view value : values) {
      labels[names_[i++]] = metrics_.size() < kMaxSeries ? std::string(value) : "other";
    }
    return add_(labels);
  }

  const std::vector<std::string> names_;
  const std::function<Metric*(const std::map<std::string, std::string>&)> add_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Metric*> metrics_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_SERVER_HTTP_LABELLED_H_
