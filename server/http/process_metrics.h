// What the kernel says of this process, under the names that Prometheus' client libraries use.
// Linux.
#ifndef LULL_SERVER_HTTP_PROCESS_METRICS_H_
#define LULL_SERVER_HTTP_PROCESS_METRICS_H_

#include <prometheus/metric_family.h>

#include <vector>

namespace lull {

// What cannot be read is left out. Any thread.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace lull

#endif  // LULL_SERVER_HTTP_PROCESS_METRICS_H_
