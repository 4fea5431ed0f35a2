#include "tools/loadgen/load_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lull {
namespace {

// So that messages that name ids do not fill the memory.
constexpr size_t kMaxErrors = 20;

struct Point {
  const char* name;
  double share;
};
constexpr Point kPoints[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

double Rate(int64_t jobs, absl::Duration took) {
  return took > absl::ZeroDuration() ? static_cast<double>(jobs) / absl::ToDoubleSeconds(took) : 0;
}

}  // namespace

void LoadReport::AddError(absl::string_view code, absl::string_view message, int64_t times) {
  std::string text = absl::StrCat(code, ": ", message);
  if (errors.size() >= kMaxErrors && !errors.contains(text)) text = "others";
  errors[text] += times;
}

void LoadReport::Add(const LoadReport& other) {
  took = std::max(took, other.took);
  jobs += other.jobs;
  latency.Add(other.latency);
  for (const auto& [text, times] : other.errors) errors[text] += times;
}

std::string LoadReport::ToText(absl::Duration cpu) const {
  std::string text =
      absl::StrFormat("%-24s %s\n%-24s %d\n%-24s %.3f s\n%-24s %.0f /s\n", "mode", mode, "jobs",
                      jobs, "took", absl::ToDoubleSeconds(took), "rate", Rate(jobs, took));
  if (latency.count() > 0) {
    for (const Point& point : kPoints) {
      absl::StrAppendFormat(&text, "%-24s %.3f ms\n", absl::StrCat(latency_name, " ", point.name),
                            absl::ToDoubleMilliseconds(latency.Quantile(point.share)));
    }
    absl::StrAppendFormat(&text, "%-24s %.3f ms\n", absl::StrCat(latency_name, " max"),
                          absl::ToDoubleMilliseconds(latency.max()));
  }
  for (const auto& [name, value] : figures) {
    absl::StrAppendFormat(&text, "%-24s %.6g\n", name, value);
  }
  absl::StrAppendFormat(&text, "%-24s %.1f us\n", "own CPU a job",
                        jobs > 0 ? absl::ToDoubleMicroseconds(cpu) / static_cast<double>(jobs) : 0);
  for (const auto& [error, times] : errors)
    absl::StrAppendFormat(&text, "%8d x %s\n", times, error);
  return text;
}

std::string LoadReport::ToJson(absl::Duration cpu) const {
  nlohmann::ordered_json json;
  json["mode"] = mode;
  json["jobs"] = jobs;
  json["seconds"] = absl::ToDoubleSeconds(took);
  json["rate"] = Rate(jobs, took);
  if (latency.count() > 0) {
    nlohmann::ordered_json& of = json["latency"];
    of["of"] = latency_name;
    of["count"] = latency.count();
    for (const Point& point : kPoints) {
      of[absl::StrCat(point.name, "_ms")] =
          absl::ToDoubleMilliseconds(latency.Quantile(point.share));
    }
    of["max_ms"] = absl::ToDoubleMilliseconds(latency.max());
  }
  for (const auto& [name, value] : figures) json[name] = value;
  json["own_cpu_us_per_job"] =
      jobs > 0 ? absl::ToDoubleMicroseconds(cpu) / static_cast<double>(jobs) : 0;
  json["errors"] = nlohmann::json::object();
  for (const auto& [error, times] : errors) json["errors"][error] = times;
  return json.dump(2) + "\n";
}

}  // namespace lull
