#include "tests/integration/call_ledger.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lull {
namespace {

absl::Time ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << ": " << error;
  return time;
}

LedgerCall Received(const nlohmann::json& line) {
  LedgerCall call;
  call.number = line.at("call");
  call.received = ParseTime(line.at("time"));
  call.request_id = line.at("request_id");
  call.content_hash = line.at("content_hash");
  call.prompt_tokens = line.at("prompt_tokens");
  call.in_flight = line.at("in_flight");
  call.authorized = line.at("authorization");
  return call;
}

void AddEnd(const nlohmann::json& line, LedgerCall* call) {
  call->ended = call->received + absl::Seconds(line.at("seconds").get<double>());
  call->outcome = line.at("outcome");
  call->status = line.at("status");
  call->completion_tokens = line.at("completion_tokens");
}

}  // namespace

int64_t LedgerCall::lease() const {
  const size_t slash = request_id.find('/');
  int64_t lease = -1;
  if (slash == std::string::npos || !absl::SimpleAtoi(request_id.substr(slash + 1), &lease))
    return -1;
  return lease;
}

std::vector<LedgerCall> ReadLedger(const std::string& path) {
  std::map<int64_t, LedgerCall> calls;
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) break;  // no newline: cut off
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
      ADD_FAILURE() << path << " holds a line that is no object: " << line;
      continue;
    }
    if (json.value("event", "") == "received") {
      LedgerCall call = Received(json);
      calls[call.number] = std::move(call);
    } else if (json.value("event", "") == "ended") {
      AddEnd(json, &calls.at(json.at("call")));
    }
  }
  std::vector<LedgerCall> in_order;
  for (auto& [number, call] : calls) in_order.push_back(std::move(call));
  return in_order;
}

int64_t MostInFlight(const std::vector<LedgerCall>& calls) {
  std::vector<std::pair<absl::Time, int>> steps;
  for (const LedgerCall& call : calls) {
    steps.emplace_back(call.received, +1);
    if (call.ended) steps.emplace_back(*call.ended, -1);
  }
  std::sort(steps.begin(), steps.end());  // at the same time ends go first
  int64_t now = 0;
  int64_t most = 0;
  for (const auto& [time, step] : steps) most = std::max(most, now += step);
  return most;
}

int64_t InFlightAt(const std::vector<LedgerCall>& calls, absl::Time time) {
  return std::count_if(calls.begin(), calls.end(), [&](const LedgerCall& call) {
    return call.received <= time && (!call.ended || *call.ended > time);
  });
}

int64_t MostInWindow(const std::vector<absl::Time>& times, absl::Duration window) {
  size_t most = 0;
  size_t first = 0;
  for (size_t last = 0; last < times.size(); ++last) {
    while (times[last] - times[first] >= window) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<int64_t>(most);
}

}  // namespace lull
