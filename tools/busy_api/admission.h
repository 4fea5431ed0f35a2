// Whom the provider lets in: keys, models, sizes, balances, caps and rates. What passes may still
// find no slot. Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_ADMISSION_H_
#define LULL_TOOLS_BUSY_API_ADMISSION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "tools/busy_api/account.h"
#include "tools/busy_api/behaviour.h"
#include "tools/busy_api/call.h"
#include "tools/busy_api/settings.h"

namespace lull {

struct AdmissionFacts {
  const Call& call;
  const Settings& settings;
  uint64_t seed = 0;
  absl::Duration steady;            // now
  absl::Time virtual_now;           // on the accelerated clock
  std::string key;                  // the Authorization header, or empty
  absl::string_view hint = "none";  // the form of a delay hint, if one is given
};

// The refusal, or nullopt for a call that is let in; then its requests and tokens are taken from
// the account's rates.
std::optional<Behaviour> Admit(const AdmissionFacts& facts, Account& account);

// The cap on calls in flight now; 0 for none. It moves along the accelerated clock, and with what
// the account has left of its balance.
int64_t ConcurrencyCap(const Settings& settings, uint64_t seed, const Account& account,
                       absl::Time virtual_now);

// What the rate headers say of an account.
RateState RatesOf(const Settings& settings, Account& account, absl::Duration steady);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ADMISSION_H_
