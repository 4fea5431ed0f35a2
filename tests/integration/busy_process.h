// A busy_api process: the provider that tests run against, and the witness of what was really
// called.
#ifndef LULL_TESTS_INTEGRATION_BUSY_PROCESS_H_
#define LULL_TESTS_INTEGRATION_BUSY_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/call_ledger.h"
#include "tests/testing/process.h"

namespace lull {

class BusyProcess {
 public:
  static constexpr int kSeed = 1;

  // `arguments`: flags such as "--slots=50". Fails the test if it does not come up.
  explicit BusyProcess(const std::vector<std::string>& arguments = {});

  // "http://127.0.0.1:PORT", the origin.
  std::string url() const;
  // What Lull's configuration takes.
  std::string base_url() const { return url() + "/v1"; }
  // The lines of a configuration by which it is the upstream of every model, with credential "key".
  std::string AsOnlyUpstream() const;
  int port() const { return port_; }
  Process& process() { return *process_; }

  // Changes settings while it runs; a JSON object.
  void Set(const std::string& settings);
  // Orders answers in advance; a rule as busy_api's POST /busy/scripts takes it.
  void AddRule(const std::string& rule);
  // Calls being served right now.
  int InFlight();
  std::vector<LedgerCall> Ledger() const { return ReadLedger(ledger_file_); }

 private:
  std::string ledger_file_;
  std::unique_ptr<Process> process_;
  int port_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_BUSY_PROCESS_H_
