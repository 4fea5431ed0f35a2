// busy_api's ledger as a test reads it: what really reached the provider.
#ifndef LULL_TESTS_INTEGRATION_CALL_LEDGER_H_
#define LULL_TESTS_INTEGRATION_CALL_LEDGER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

struct LedgerCall {
  int64_t number = 0;  // in order of arrival, from 1
  absl::Time received;
  std::string request_id;  // as Lull sends it: "JOB_ID/LEASE_NUMBER"
  std::string content_hash;
  int64_t prompt_tokens = 0;
  int64_t in_flight = 0;  // as the provider counted it at the arrival
  bool authorized = false;
  std::optional<absl::Time> ended;
  std::string outcome;  // of an ended call: answered, refused, failed, cut, client_gone
  int status = 0;
  int64_t completion_tokens = 0;

  std::string job_id() const { return request_id.substr(0, request_id.find('/')); }
  // -1: the request id has none.
  int64_t lease() const;
};

// All calls in the order of their numbers. A half-written last line, as a killed process leaves it,
// is passed over; anything else that is not as busy_api writes it fails the test.
std::vector<LedgerCall> ReadLedger(const std::string& path);

// Of the calls whose time is given by `begin` and `end`, the most at the same time.
int64_t MostInFlight(const std::vector<LedgerCall>& calls);

// Calls that had arrived and not ended at `time`.
int64_t InFlightAt(const std::vector<LedgerCall>& calls, absl::Time time);

// The largest number of `times` (sorted) in any half-open span of this length.
int64_t MostInWindow(const std::vector<absl::Time>& times, absl::Duration window);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_CALL_LEDGER_H_
