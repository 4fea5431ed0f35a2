// Metrics that are worked out at the scrape, as prometheus-cpp's serializer takes them.
#ifndef LULL_SERVER_HTTP_METRIC_FAMILY_H_
#define LULL_SERVER_HTTP_METRIC_FAMILY_H_

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace lull {

using MetricLabels = std::initializer_list<std::pair<const char*, std::string>>;

// A family of gauges or counters; Add gives it one more series.
class ScrapedFamily {
 public:
  static ScrapedFamily Gauge(const char* name, const char* help) {
    return ScrapedFamily(name, help, prometheus::MetricType::Gauge);
  }
  static ScrapedFamily Counter(const char* name, const char* help) {
    return ScrapedFamily(name, help, prometheus::MetricType::Counter);
  }

  ScrapedFamily& Add(double value, MetricLabels labels = {}) {
    prometheus::ClientMetric& metric = family_.metric.emplace_back();
    for (const auto& [name, text] : labels) metric.label.push_back({name, text});
    if (family_.type == prometheus::MetricType::Gauge) {
      metric.gauge.value = value;
    } else {
      metric.counter.value = value;
    }
    return *this;
  }

  prometheus::MetricFamily Take() { return std::move(family_); }

 private:
  ScrapedFamily(const char* name, const char* help, prometheus::MetricType type) {
    family_.name = name;
    family_.help = help;
    family_.type = type;
  }

  prometheus::MetricFamily family_;
};

}  // namespace lull

#endif  // LULL_SERVER_HTTP_METRIC_FAMILY_H_
