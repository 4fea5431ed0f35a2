#include "tests/integration/fault_log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lull {
namespace {

// Least, mean and most.
std::string Spread(const std::string& name, const std::vector<int64_t>& values) {
  if (values.empty()) return "";
  int64_t sum = 0;
  for (const int64_t value : values) sum += value;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return absl::StrCat(TableRow(absl::StrCat(name, ", least"), static_cast<double>(*least)),
                      TableRow(absl::StrCat(name, ", mean"),
                               static_cast<double>(sum) / static_cast<double>(values.size())),
                      TableRow(absl::StrCat(name, ", most"), static_cast<double>(*most)));
}

}  // namespace

std::string TableRow(const std::string& name, double value) {
  return absl::StrFormat("  %-52s %8.6g\n", name, value);
}

int64_t FaultLog::Count(Kill::Whom whom) const {
  return std::count_if(kills_.begin(), kills_.end(),
                       [&](const Kill& kill) { return kill.whom == whom; });
}

std::vector<absl::Time> FaultLog::ServerKills() const {
  std::vector<absl::Time> times;
  for (const Kill& kill : kills_) {
    if (kill.whom < Kill::Whom::kWorker) times.push_back(kill.time);
  }
  return times;
}

int64_t FaultLog::WithCommitAndLeases(const std::vector<LedgerCall>& calls) const {
  return std::count_if(kills_.begin(), kills_.end(), [&](const Kill& kill) {
    return kill.act != CommitWatch::Act::kNone && InFlightAt(calls, kill.time) > 0;
  });
}

std::string FaultLog::Table(const std::vector<LedgerCall>& calls) const {
  std::vector<int64_t> in_flight;
  std::vector<int64_t> under_way;
  int64_t writing = 0;
  int64_t syncing = 0;
  for (const Kill& kill : kills_) {
    in_flight.push_back(InFlightAt(calls, kill.time));
    under_way.push_back(kill.submits_under_way);
    writing += kill.act == CommitWatch::Act::kWrites;
    syncing += kill.act == CommitWatch::Act::kSyncs;
  }
  const auto count = [&](Kill::Whom whom) { return static_cast<double>(Count(whom)); };
  return absl::StrCat(
      TableRow("kills of the server, aimed at a commit", count(Kill::Whom::kServer)),
      TableRow("kills of the server at an acknowledgement",
               count(Kill::Whom::kServerAtAcknowledgement)),
      TableRow("power cuts", count(Kill::Whom::kPower)),
      TableRow("of these: while it wrote its log", static_cast<double>(writing)),
      TableRow("of these: while it synced its log", static_cast<double>(syncing)),
      TableRow("of these: with a commit open and leases running",
               static_cast<double>(WithCommitAndLeases(calls))),
      TableRow("kills of workers", count(Kill::Whom::kWorker)),
      TableRow("workers stopped past their leases and continued",
               count(Kill::Whom::kStalledWorker)),
      Spread("calls in flight at that moment", in_flight),
      Spread("submits under way at that moment", under_way));
}

}  // namespace lull
