// A Prometheus text page as a test reads it.
#ifndef LULL_TESTS_INTEGRATION_METRICS_PAGE_H_
#define LULL_TESTS_INTEGRATION_METRICS_PAGE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lull {

class MetricsPage {
 public:
  using Labels = std::map<std::string, std::string>;

  explicit MetricsPage(absl::string_view text);

  // Over all series of this name that carry these labels; 0 where there is none.
  double Sum(absl::string_view name, const Labels& labels = {}) const;
  bool Has(absl::string_view name) const;

 private:
  struct Sample {
    std::string name;
    Labels labels;
    double value;
  };
  std::vector<Sample> samples_;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_METRICS_PAGE_H_
