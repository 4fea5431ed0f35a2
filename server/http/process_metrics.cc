#include "server/http/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/http/metric_family.h"

namespace lull {
namespace {

// Fields of /proc/self/stat behind the command's name, counted as proc(5) does.
constexpr int kFirstFieldAfterName = 3;
constexpr int kUserTime = 14;
constexpr int kSystemTime = 15;
constexpr int kStartTime = 22;
constexpr int kVirtualBytes = 23;
constexpr int kResidentPages = 24;

std::optional<double> NumberAt(const std::vector<std::string>& fields, int field) {
  const size_t index = static_cast<size_t>(field - kFirstFieldAfterName);
  double value = 0;
  if (index >= fields.size() || !absl::SimpleAtod(fields[index], &value)) return std::nullopt;
  return value;
}

std::vector<std::string> ReadStat() {
  std::ifstream file("/proc/self/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(text.substr(name_end + 2), ' ');
}

std::optional<double> ReadBootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    double seconds = 0;
    if (line.rfind("btime ", 0) == 0 && absl::SimpleAtod(line.substr(6), &seconds)) return seconds;
  }
  return std::nullopt;
}

std::optional<double> CountOpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return std::nullopt;
  // One of them is the listing itself.
  return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcessMetrics() {
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&families](ScrapedFamily family, std::optional<double> value) {
    if (value) families.push_back(family.Add(*value).Take());
  };
  const std::vector<std::string> stat = ReadStat();
  const double ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto user = NumberAt(stat, kUserTime), system = NumberAt(stat, kSystemTime);
      user && system) {
    add(ScrapedFamily::Counter("process_cpu_seconds_total",
                               "Total user and system CPU time spent in seconds."),
        (*user + *system) / ticks_per_second);
  }
  add(ScrapedFamily::Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes."),
      NumberAt(stat, kVirtualBytes));
  if (const auto pages = NumberAt(stat, kResidentPages)) {
    add(ScrapedFamily::Gauge("process_resident_memory_bytes", "Resident memory size in bytes."),
        *pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  if (const auto start = NumberAt(stat, kStartTime), boot = ReadBootTime(); start && boot) {
    add(ScrapedFamily::Gauge("process_start_time_seconds",
                             "Start time of the process since unix epoch in seconds."),
        *boot + *start / ticks_per_second);
  }
  add(ScrapedFamily::Gauge("process_open_fds", "Number of open file descriptors."),
      CountOpenFiles());
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    add(ScrapedFamily::Gauge("process_max_fds", "Maximum number of open file descriptors."),
        static_cast<double>(limit.rlim_cur));
  }
  return families;
}

}  // namespace lull
