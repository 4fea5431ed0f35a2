#include "tools/busy_api/settings.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/busy_api/fields.h"
#include "tools/busy_api/mix.h"
#include "tools/busy_api/preset.h"
#include "tools/busy_api/retry_hint.h"
#include "tools/busy_api/tariff.h"

namespace lull {
namespace {

using S = Settings;

constexpr double kMany = 1e12;

constexpr Field<Settings> kFields[] = {
    {"slots", &S::slots, 0, 1e6, "", "calls that are served at the same time"},
    {"tokens_per_s", &S::tokens_per_s, 0, kMany, "",
     "output tokens per second over all calls; 0: no limit"},
    {"latency_ms", &S::latency_ms, 0, 1e9, "", "time to the first content of an answer"},
    {"token_ms", &S::token_ms, 0, 1e6, "", "time per output token after that"},
    {"latency_spread", &S::latency_spread, 0, 1, "",
     "both times vary by up to this fraction either way"},
    {"output_tokens", &S::output_tokens, 1, 1e6, "", "mean length of an answer"},
    {"output_spread", &S::output_spread, 0, 1, "",
     "the length varies by up to this fraction either way"},
    {"reasoning_tokens", &S::reasoning_tokens, 0, 1e6, "",
     "tokens of reasoning before each answer; billed as output"},
    {"chunk_tokens", &S::chunk_tokens, 1, 1e6, "", "tokens per event of a streamed answer"},
    {"finish_abandoned", &S::finish_abandoned, 0, 0, "",
     "a call that is not streamed keeps its slot to the end although its client left"},

    {"when_full", &S::when_full, 0, 0, "refuse|queue",
     "a call that finds no slot is refused, or accepted with 200 and kept waiting"},
    {"refuse_status", &S::refuse_status, 0, 0, "",
     "status of such a refusal, or a mix such as 429:3,503:1"},
    {"refuse_hint", &S::refuse_hint, 0, 0, "",
     "form of the delay hint on a refusal, or a mix such as none:1,retry_after_s:1"},
    {"refuse_hint_s", &S::refuse_hint_s, 0, 1e9, "", "the delay that the hint asks for"},
    {"queue_max", &S::queue_max, 0, 1e6, "", "waiting calls; one more is refused"},
    {"queue_s_max", &S::queue_s_max, 0, 1e9, "",
     "a call that has waited so long is closed without an answer"},
    {"keep_alive_s", &S::keep_alive_s, 0.001, 1e6, "",
     "a waiting call gets an empty line or a comment this often"},

    {"others_peak", &S::others_peak, 0, 10, "",
     "fraction of the slots that other customers take at the peak hour; 1 and more: all"},
    {"others_trough", &S::others_trough, 0, 10, "", "and twelve hours from it"},
    {"others_peak_hour", &S::others_peak_hour, 0, 24, "", "in UTC of the accelerated clock"},
    {"others_weekend", &S::others_weekend, 0, 10, "",
     "their load is so many times that at weekends"},
    {"others_noise", &S::others_noise, 0, 10, "",
     "their load moves by up to this fraction of the slots either way, within minutes"},
    {"clock_speed", &S::clock_speed, 0, 1e6, "",
     "seconds of the accelerated clock per second; load, outages, quotas of a day and prices live "
     "by that clock"},

    {"api_keys", &S::api_keys, 0, 0, "",
     "comma-separated; a call with another key or none gets 401; empty: all are let in"},
    {"concurrency_cap", &S::concurrency_cap, 0, 1e6, "",
     "calls in flight per account; more get 429 and \"concurrency limit of N\"; 0: no cap"},
    {"concurrency_swing", &S::concurrency_swing, 0, 1, "",
     "the cap moves by up to this fraction either way"},
    {"concurrency_by_balance", &S::concurrency_by_balance, 0, 0, "",
     "the cap falls with the balance, to 1 when it is spent; without a balance it does not"},
    {"concurrency_period_s", &S::concurrency_period_s, 0.001, 1e9, "",
     "how fast it moves, on the accelerated clock"},
    {"requests_per_minute", &S::requests_per_minute, 0, 1e9, "", "per account; 0: no limit"},
    {"tokens_per_minute", &S::tokens_per_minute, 0, kMany, "",
     "per account, prompt and allowed output; 0: no limit"},
    {"requests_per_day", &S::requests_per_day, 0, kMany, "",
     "per account, until midnight in Los Angeles on the accelerated clock; 0: no limit"},
    {"count_rejected", &S::count_rejected, 0, 0, "",
     "calls that are refused for their rate use up the rate too"},
    {"balance", &S::balance, -1, kMany, "",
     "money of each account; when it is spent calls get 402; -1: no end"},

    {"dialect", &S::dialect, 0, 0, "openai|deepseek|google|anthropic|openrouter",
     "whose error bodies and usage fields to imitate"},
    {"models", &S::models, 0, 0, "",
     "comma-separated; other models get 404; empty: any model is served"},
    {"context_tokens", &S::context_tokens, 0, kMany, "",
     "prompt and allowed output together; more get 400; 0: no limit"},
    {"rate_headers", &S::rate_headers, 0, 0, "none|openai|anthropic|reset_s|reset_epoch|garbage",
     "family of rate limit headers on every answer"},
    {"embedding_dimensions", &S::embedding_dimensions, 1, 100000, "",
     "numbers per embedding, unless the call says"},

    {"price_hit", &S::price_hit, 0, kMany, "", "per million prompt tokens found in the cache"},
    {"price_miss", &S::price_miss, 0, kMany, "", "per million other prompt tokens"},
    {"price_output", &S::price_output, 0, kMany, "", "per million output tokens"},
    {"off_peak_hours", &S::off_peak_hours, 0, 0, "",
     "such as 16:30-00:30, in UTC of the accelerated clock; empty: never"},
    {"off_peak_factor", &S::off_peak_factor, 0, 100, "", "prices in those hours, as a factor"},

    {"down", &S::down, 0, 0, "", "answer every call with 503"},
    {"force", &S::force, 0, 0, "", "preset that answers every call; empty: none"},
    {"faults", &S::faults, 0, 0, "",
     "presets with their probabilities, such as cut_stream:0.02,reset_after_read:0.01"},
    {"regions_down", &S::regions_down, 0, 0, "", "comma-separated names of regions in an outage"},
    {"outage_every_s", &S::outage_every_s, 0, kMany, "",
     "each region has one outage per so many seconds of the accelerated clock; 0: none"},
    {"outage_s", &S::outage_s, 0, kMany, "", "its mean length"},
    {"outage_preset", &S::outage_preset, 0, 0, "", "preset that answers calls in an outage"},
};

absl::Status Named(absl::string_view name, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
}

absl::Status CheckStatusMix(absl::string_view text) {
  absl::StatusOr<Mix> mix = ParseMix(text);
  if (!mix.ok()) return mix.status();
  if (!(mix->total() > 0)) return absl::InvalidArgumentError("name at least one status");
  for (const Mix::Choice& choice : mix->choices()) {
    int status = 0;
    if (!absl::SimpleAtoi(choice.name, &status) || status < 400 || status > 599) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", choice.name, "\" is no error status, allowed are 400 to 599"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckHintMix(absl::string_view text) {
  absl::StatusOr<Mix> mix = ParseMix(text);
  if (!mix.ok()) return mix.status();
  for (const Mix::Choice& choice : mix->choices()) {
    if (absl::Status status = ParseRetryHintForm(choice.name).status(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckFaults(absl::string_view text) {
  absl::StatusOr<Mix> mix = ParseMix(text);
  if (!mix.ok()) return mix.status();
  for (const Mix::Choice& choice : mix->choices()) {
    if (absl::Status status = FindPreset(choice.name).status(); !status.ok()) return status;
  }
  if (mix->total() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the probabilities add up to ", mix->total(), ", allowed is 1 at most"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const Field<Settings>> SettingFields() { return kFields; }

absl::Status ValidateSettings(const Settings& settings) {
  const absl::Status checks[] = {
      CheckFields<Settings>(kFields, settings),
      Named("refuse_status", CheckStatusMix(settings.refuse_status)),
      Named("refuse_hint", CheckHintMix(settings.refuse_hint)),
      Named("faults", CheckFaults(settings.faults)),
      settings.force.empty() ? absl::OkStatus()
                             : Named("force", FindPreset(settings.force).status()),
      Named("outage_preset", FindPreset(settings.outage_preset).status()),
      Named("off_peak_hours", ParseDayHours(settings.off_peak_hours).status()),
  };
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MergeSettings(absl::string_view text, Settings* settings) {
  const auto object =
      nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("settings must be a JSON object");
  Settings merged = *settings;
  for (const auto& [name, value] : object.items()) {
    const Field<Settings>* field = FindField<Settings>(kFields, name);
    if (field == nullptr) return NoSuchField<Settings>(kFields, name);
    if (absl::Status status = AssignField(*field, value, &merged); !status.ok()) return status;
  }
  if (absl::Status status = ValidateSettings(merged); !status.ok()) return status;
  *settings = std::move(merged);
  return absl::OkStatus();
}

std::string SettingsJson(const Settings& settings) {
  return FieldsJson<Settings>(kFields, settings).dump(2) + "\n";
}

}  // namespace lull
