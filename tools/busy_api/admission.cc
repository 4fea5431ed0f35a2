#include "tools/busy_api/admission.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/busy_api/hash.h"
#include "tools/busy_api/preset.h"

namespace lull {
namespace {

// Headers of a rate that has no limit still show numbers.
constexpr int64_t kUnlimited = 1000000;

bool Lists(absl::string_view list, absl::string_view wanted) {
  for (absl::string_view entry : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    if (absl::StripAsciiWhitespace(entry) == wanted) return true;
  }
  return false;
}

Behaviour Refusal(absl::string_view preset) { return FindPreset(preset).value_or(Behaviour()); }

absl::string_view KeyOf(absl::string_view authorization) {
  constexpr absl::string_view kBearer = "Bearer ";
  if (absl::StartsWith(authorization, kBearer)) authorization.remove_prefix(kBearer.size());
  return authorization;
}

// Where a new day of quotas begins; "fixed" stands in where no time zone database is installed.
absl::TimeZone QuotaZone() {
  absl::TimeZone zone;
  if (absl::LoadTimeZone("America/Los_Angeles", &zone)) return zone;
  return absl::FixedTimeZone(-8 * 3600);
}

int64_t TokensAsked(const Call& call, const Settings& settings) {
  return call.prompt_tokens + call.output_tokens_max.value_or(settings.output_tokens);
}

std::optional<Behaviour> CheckContext(const AdmissionFacts& facts) {
  const Settings& settings = facts.settings;
  const int64_t output = facts.call.output_tokens_max.value_or(0);
  const int64_t asked = facts.call.prompt_tokens + output;
  if (settings.context_tokens == 0 || asked <= settings.context_tokens) return std::nullopt;
  const bool deepseek = settings.dialect == "deepseek";
  Behaviour refusal = Refusal(deepseek ? "context_length_text" : "context_length");
  refusal.error_message = absl::StrCat(
      "This model's maximum context length is ", settings.context_tokens,
      " tokens. However, you requested ", asked, " tokens (", facts.call.prompt_tokens,
      " in the messages, ", output,
      " in the completion). Please reduce the length of the messages ", "or completion.");
  return refusal;
}

std::optional<Behaviour> CheckBalance(const Settings& settings, const Account& account) {
  if (settings.balance < 0 || account.spent < settings.balance) return std::nullopt;
  return Refusal(settings.dialect == "openai" ? "insufficient_quota_429" : "no_balance_402");
}

std::optional<Behaviour> CheckDay(const AdmissionFacts& facts, Account& account) {
  if (facts.settings.requests_per_day == 0) return std::nullopt;
  static const absl::TimeZone zone = QuotaZone();
  const absl::CivilDay today = absl::ToCivilDay(facts.virtual_now, zone);
  if (account.day != today) {
    account.day = today;
    account.requests_of_day = 0;
  }
  if (account.requests_of_day < facts.settings.requests_per_day) return std::nullopt;
  return Refusal("daily_quota_429");
}

std::optional<Behaviour> CheckCap(const AdmissionFacts& facts, const Account& account) {
  const int64_t cap = ConcurrencyCap(facts.settings, facts.seed, account, facts.virtual_now);
  if (cap == 0 || account.in_flight < cap) return std::nullopt;
  Behaviour refusal = Refusal("concurrency_429");
  refusal.error_message =
      absl::StrCat("Your account has ", account.in_flight + 1,
                   " requests in flight, which exceeds your concurrency limit of ", cap,
                   ". Please reduce the number of concurrent requests.");
  return refusal;
}

std::optional<Behaviour> CheckRates(const AdmissionFacts& facts, Account& account) {
  const Settings& settings = facts.settings;
  const int64_t tokens = TokensAsked(facts.call, settings);
  account.requests.Refill(settings.requests_per_minute, facts.steady);
  account.tokens.Refill(settings.tokens_per_minute, facts.steady);
  const bool requests_full = settings.requests_per_minute > 0 && !account.requests.Has(1);
  const bool tokens_full = settings.tokens_per_minute > 0 && !account.tokens.Has(tokens);
  const bool refused = requests_full || tokens_full;
  std::optional<Behaviour> refusal;
  if (refused) {
    absl::Duration wait;
    if (requests_full) wait = account.requests.Until(1, settings.requests_per_minute);
    if (tokens_full)
      wait = std::max(wait, account.tokens.Until(tokens, settings.tokens_per_minute));
    refusal = Refusal("rate_limit_429");
    refusal->error_type = requests_full ? "requests" : "tokens";
    refusal->hint = std::string(facts.hint);
    refusal->hint_s = absl::ToDoubleSeconds(wait);
  }
  if (!refused || settings.count_rejected) {
    account.requests.Take(1, settings.requests_per_minute);
    if (!refused) account.tokens.Take(tokens, settings.tokens_per_minute);
  }
  return refusal;
}

}  // namespace

int64_t ConcurrencyCap(const Settings& settings, uint64_t seed, const Account& account,
                       absl::Time virtual_now) {
  if (settings.concurrency_cap == 0) return 0;
  const double periods =
      absl::ToDoubleSeconds(virtual_now - absl::UnixEpoch()) / settings.concurrency_period_s;
  const double swing =
      settings.concurrency_swing * SeededWave(seed, absl::StrCat("cap/", account.number), periods);
  double cap = static_cast<double>(settings.concurrency_cap) * (1 + swing);
  if (settings.concurrency_by_balance && settings.balance > 0) {
    cap *= std::max(0.0, 1 - account.spent / settings.balance);
  }
  return std::max<int64_t>(1, std::llround(cap));
}

RateState RatesOf(const Settings& settings, Account& account, absl::Duration steady) {
  RateState state;
  account.requests.Refill(settings.requests_per_minute, steady);
  account.tokens.Refill(settings.tokens_per_minute, steady);
  state.requests = account.requests.Window(settings.requests_per_minute);
  state.tokens = account.tokens.Window(settings.tokens_per_minute);
  if (settings.requests_per_minute == 0) state.requests = {kUnlimited, kUnlimited, {}};
  if (settings.tokens_per_minute == 0) state.tokens = {kUnlimited, kUnlimited, {}};
  return state;
}

std::optional<Behaviour> Admit(const AdmissionFacts& facts, Account& account) {
  const Settings& settings = facts.settings;
  if (!settings.api_keys.empty() && !Lists(settings.api_keys, KeyOf(facts.key))) {
    return Refusal("bad_key_401");
  }
  if (!settings.models.empty() && !Lists(settings.models, facts.call.model)) {
    Behaviour refusal = Refusal("no_model_404");
    refusal.error_message = absl::StrCat("The model `", facts.call.model,
                                         "` does not exist or you do not have access ", "to it.");
    return refusal;
  }
  if (auto refusal = CheckContext(facts)) return refusal;
  if (auto refusal = CheckBalance(settings, account)) return refusal;
  if (auto refusal = CheckDay(facts, account)) return refusal;
  if (auto refusal = CheckCap(facts, account)) return refusal;
  if (auto refusal = CheckRates(facts, account)) return refusal;
  ++account.requests_of_day;
  return std::nullopt;
}

}  // namespace lull
