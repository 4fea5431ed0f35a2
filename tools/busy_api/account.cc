#include "tools/busy_api/account.h"

#include <algorithm>
#include <cmath>

#include "tools/busy_api/hash.h"

namespace lull {
namespace {

constexpr size_t kAccountsMax = 10000;

}  // namespace

void RateBucket::Refill(int64_t per_minute, absl::Duration now) {
  const double limit = static_cast<double>(per_minute);
  // A limit that is new, or was switched off, begins full.
  if (!begun_ || per_minute == 0) {
    begun_ = per_minute > 0;
    level_ = limit;
  } else {
    level_ = std::min(limit, level_ + limit * absl::FDivDuration(now - at_, absl::Minutes(1)));
  }
  at_ = now;
}

void RateBucket::Take(int64_t amount, int64_t per_minute) {
  level_ = std::max(level_ - static_cast<double>(amount), -static_cast<double>(per_minute));
}

absl::Duration RateBucket::Until(int64_t amount, int64_t per_minute) const {
  const double missing = static_cast<double>(amount) - level_;
  if (missing <= 0) return absl::ZeroDuration();
  return absl::Minutes(1) * (missing / static_cast<double>(per_minute));
}

RateState::Window RateBucket::Window(int64_t per_minute) const {
  RateState::Window window;
  window.limit = per_minute;
  window.remaining = static_cast<int64_t>(std::floor(std::max(level_, 0.0)));
  window.reset = per_minute > 0 ? Until(per_minute, per_minute) : absl::ZeroDuration();
  return window;
}

Account& AccountBook::Of(const std::string* authorization) {
  std::string key;
  if (authorization != nullptr) key = Sha256Hex(*authorization);
  const auto found = accounts_.find(key);
  if (found != accounts_.end()) return found->second;
  if (key.empty() || accounts_.size() > kAccountsMax) return accounts_[""];
  Account& account = accounts_[key];
  const bool anonymous_known = accounts_.contains("");
  account.number = static_cast<int64_t>(accounts_.size()) - (anonymous_known ? 1 : 0);
  return account;
}

}  // namespace lull
