// One customer of the provider, known by its API key: what it has in flight and what it has used.
// Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_ACCOUNT_H_
#define LULL_TOOLS_BUSY_API_ACCOUNT_H_

#include <cstdint>
#include <string>

#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tools/busy_api/rate_headers.h"

namespace lull {

// An allowance per minute that refills evenly. What is taken beyond it is a debt of at most one
// minute.
class RateBucket {
 public:
  // Brings the level up to `now` (steady).
  void Refill(int64_t per_minute, absl::Duration now);
  bool Has(int64_t amount) const { return level_ >= static_cast<double>(amount); }
  void Take(int64_t amount, int64_t per_minute);
  // Until `amount` is there, if nothing more is taken.
  absl::Duration Until(int64_t amount, int64_t per_minute) const;
  RateState::Window Window(int64_t per_minute) const;

 private:
  bool begun_ = false;
  double level_ = 0;
  absl::Duration at_;
};

struct Account {
  int64_t number = 0;     // 0: calls without a key
  int64_t in_flight = 0;  // calls that were let in and have not ended
  RateBucket requests;
  RateBucket tokens;
  absl::CivilDay day;  // of requests_of_day
  int64_t requests_of_day = 0;
  double spent = 0;
};

class AccountBook {
 public:
  // The account of an Authorization header, or of its absence (nullptr). The reference stays good.
  // Beyond 10,000 keys the others share the account without a key.
  Account& Of(const std::string* authorization);

  const absl::node_hash_map<std::string, Account>& accounts() const { return accounts_; }

 private:
  absl::node_hash_map<std::string, Account> accounts_;  // by the hash of the header
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ACCOUNT_H_
