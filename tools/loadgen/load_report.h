// What a load came to.
#ifndef LULL_TOOLS_LOADGEN_LOAD_REPORT_H_
#define LULL_TOOLS_LOADGEN_LOAD_REPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/loadgen/histogram.h"

namespace lull {

// Not thread-safe; those of several threads are added up.
struct LoadReport {
  std::string mode;
  absl::Duration took = absl::ZeroDuration();
  int64_t jobs = 0;  // that went well
  std::map<std::string, int64_t> errors;
  std::string latency_name;  // what `latency` measures
  Histogram latency;
  std::vector<std::pair<std::string, double>> figures;  // others, by name with unit

  void AddError(absl::string_view code, absl::string_view message, int64_t times = 1);
  void Add(const LoadReport& other);  // of the same load, at the same time

  // `cpu`: what this process used.
  std::string ToText(absl::Duration cpu) const;
  std::string ToJson(absl::Duration cpu) const;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_LOAD_REPORT_H_
