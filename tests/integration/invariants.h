// What must be true of every run, whatever was killed when. Checked from three witnesses that know
// nothing of each other: what the clients were told, what reached the provider, and what the store
// holds in the end.
//
//   I1   No acknowledged job is lost, nor what was done to it: a priority that was set, a deletion.
//   I2   One request id makes one job, and one more for each retry.
//   I3   Lease numbers of a job rise by one with every grant, and one lease is live at most.
//   I4   The recorded answer is the one of the lease that the store names, which is the latest;
//        nothing stale replaced it, and it answers the job's own question.
//   I5   Each job has exactly one terminal event, its last, and makes only legal steps to it.
//   I6   Every job has ended.
//   I7   Every call that reached the provider has a committed grant, made before, and was made
//        once; no job has more grants than it may.
//   I11  The log of events has no gap.
//   I15  Accepted jobs are those that the store holds, in states that add up, and the last server's
//        metrics count what it recorded.
//   I16  What was refused does not exist.
//   I17  The store's file is whole after every crash.
#ifndef LULL_TESTS_INTEGRATION_INVARIANTS_H_
#define LULL_TESTS_INTEGRATION_INVARIANTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/integration/call_ledger.h"
#include "tests/integration/client_history.h"
#include "tests/integration/store_dump.h"

namespace lull {

// What the run's last server says of itself when everything has ended.
struct ServerCounts {
  absl::Time since;  // when no other could write any more
  int64_t created = 0;
  std::map<std::string, int64_t> ended;  // by the state's name
  int64_t live = 0;
};

struct RunRecord {
  std::vector<Submission> submissions;
  Meddling meddling;
  std::vector<LedgerCall> calls;
  StoreDump store;
  std::vector<absl::Time> server_kills;
  std::vector<std::string> integrity;  // what CheckIntegrity said after each kill
  std::optional<ServerCounts> last_server;
  int32_t dispatches_max = 0;
  uint64_t provider_seed = 0;  // of busy_api: its answers' ids follow from it
};

struct Findings {
  // Each begins with the invariant's name; at most kViolationsMax for each.
  std::vector<std::string> violations;
  // What there was to check, for people and for a test to insist on.
  std::vector<std::pair<std::string, int64_t>> counts;
  std::map<std::string, int> violated;  // how often each invariant was

  void Violate(absl::string_view invariant, const std::string& what);
  void Count(const std::string& name, int64_t count) { counts.emplace_back(name, count); }

  static constexpr int kViolationsMax = 10;

  // -1: there is none of that name.
  int64_t Count(const std::string& name) const;
  std::string Table() const;
};

Findings CheckInvariants(const RunRecord& run);

// The hash of the question in a chat body, as busy_api writes it into its ledger and its answer.
std::string QuestionHash(const std::string& body);

// The id that busy_api gives its answer to the n-th call.
std::string AnswerId(uint64_t provider_seed, uint64_t call);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_INVARIANTS_H_
