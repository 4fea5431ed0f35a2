#include "worker/metrics_port.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/base/http/socket_client.h"

namespace lull {
namespace {

class MetricsPortTest : public testing::Test {
 protected:
  SocketClient::Answer Get(const char* target) {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(port_->address().substr(port_->address().rfind(':') + 1), &port));
    SocketClient client(port);
    return client.Call("GET", target);
  }

  WorkerMetrics metrics_{5};
  std::unique_ptr<MetricsPort> port_ = *MetricsPort::Start("127.0.0.1:0", metrics_);
};

// The rows of docs/metrics.md about the worker: name to type.
std::map<std::string, std::string> DocumentedMetrics() {
  std::ifstream file("docs/metrics.md");
  std::map<std::string, std::string> metrics;
  bool of_worker = false;
  for (std::string line; std::getline(file, line);) {
    of_worker |= line == "## The worker";
    if (!of_worker || !absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    const std::string name(absl::StripAsciiWhitespace(cells[1]));
    metrics[name.substr(1, name.size() - 2)] = std::string(absl::StripAsciiWhitespace(cells[2]));
  }
  return metrics;
}

TEST_F(MetricsPortTest, ServesTheMetricsThatTheDocumentationNames) {
  const SocketClient::Answer answer = Get("/metrics");
  EXPECT_EQ(answer.status, 200);
  std::map<std::string, std::string> served;
  for (const auto line : absl::StrSplit(answer.body, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 4 && words[1] == "TYPE") served[words[2]] = words[3];
  }
  EXPECT_EQ(served, DocumentedMetrics());
}

TEST_F(MetricsPortTest, CountsWhatIsCounted) {
  metrics_.CountCall(v1::OUTCOME_RATE_LIMITED, absl::Seconds(2), absl::Seconds(1));
  metrics_.SetCallsInFlight(3);
  metrics_.CountProgress(70);
  metrics_.CountDroppedProgress(30);
  const std::string page = Get("/metrics").body;
  for (const char* line : {
           "lull_worker_calls_total{outcome=\"rate_limited\"} 1\n",
           "lull_worker_calls_total{outcome=\"succeeded\"} 0\n",
           "lull_worker_call_duration_seconds_count 1\n",
           "lull_worker_first_content_seconds_count 1\n",
           "lull_worker_calls_in_flight 3\n",
           "lull_worker_capacity 5\n",
           "lull_worker_progress_bytes_total 70\n",
           "lull_worker_dropped_progress_bytes_total 30\n",
       }) {
    EXPECT_TRUE(absl::StrContains(page, line)) << line << page;
  }
}

TEST_F(MetricsPortTest, SaysThatItIsAlive) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/nothing").status, 404);
}

TEST_F(MetricsPortTest, AnAddressThatCannotBeTakenIsAnError) {
  EXPECT_FALSE(MetricsPort::Start(port_->address(), metrics_).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(MetricsPort::Start("nowhere", metrics_).status()));
}

}  // namespace
}  // namespace lull
