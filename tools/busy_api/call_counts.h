// Sums over all calls since the start. Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_CALL_COUNTS_H_
#define LULL_TOOLS_BUSY_API_CALL_COUNTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "tools/busy_api/ledger.h"

namespace lull {

class CallCounts {
 public:
  void Begin();
  void End(const LedgerEnd& end);
  void SlotTaken(int64_t taken);

  int64_t in_flight() const { return in_flight_; }
  // JSON members, with a comma behind each but the last.
  std::string JsonMembers() const;

 private:
  int64_t calls_ = 0;
  int64_t in_flight_ = 0;
  int64_t in_flight_max_ = 0;
  int64_t taken_max_ = 0;
  int64_t billed_ = 0;
  int64_t completion_tokens_ = 0;
  int64_t cached_tokens_ = 0;
  double cost_ = 0;
  std::map<std::string, int64_t> outcomes_;
  std::map<std::string, int64_t> causes_;
  std::map<int, int64_t> statuses_;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_CALL_COUNTS_H_
