// What was going on at each kill of a run: the proof that the kills came at moments that matter.
#ifndef LULL_TESTS_INTEGRATION_FAULT_LOG_H_
#define LULL_TESTS_INTEGRATION_FAULT_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/integration/call_ledger.h"
#include "tests/integration/commit_watch.h"

namespace lull {

struct Kill {
  enum class Whom {
    kServer,
    kServerAtAcknowledgement,
    kPower,  // of the server and of its disk
    kWorker,
    kStalledWorker,  // stopped past its leases, then continued
  };
  Whom whom = Whom::kWorker;
  absl::Time time;  // when the signal left
  // Of the server: what it did to its log when it was last looked at, at once before.
  CommitWatch::Act act = CommitWatch::Act::kNone;
  int submits_under_way = 0;
};

class FaultLog {
 public:
  void Add(const Kill& kill) { kills_.push_back(kill); }

  int64_t Count(Kill::Whom whom) const;
  std::vector<absl::Time> ServerKills() const;
  // Kills of the server with a commit open while leases ran: a call in flight has a lease.
  int64_t WithCommitAndLeases(const std::vector<LedgerCall>& calls) const;

  // For people: a line for each figure.
  std::string Table(const std::vector<LedgerCall>& calls) const;

 private:
  std::vector<Kill> kills_;
};

// "  name   value\n", aligned as all tables of a run are.
std::string TableRow(const std::string& name, double value);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_FAULT_LOG_H_
