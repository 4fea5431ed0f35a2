// Everything about busy_api that may change while it runs. One table of fields serves the command
// line, POST /busy/settings and GET /busy/settings, so the three cannot differ.
#ifndef LULL_TOOLS_BUSY_API_SETTINGS_H_
#define LULL_TOOLS_BUSY_API_SETTINGS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tools/busy_api/field.h"

namespace lull {

// What each means, and its bounds, stands in the table in settings.cc and in --help.
struct Settings {
  // Capacity and pace.
  int64_t slots = 8;
  double tokens_per_s = 0;
  double latency_ms = 50;
  double token_ms = 1;
  double latency_spread = 0.2;
  int64_t output_tokens = 32;
  double output_spread = 0.5;
  int64_t reasoning_tokens = 0;
  int64_t chunk_tokens = 4;
  bool finish_abandoned = true;

  // What a call gets that finds no slot.
  std::string when_full = "refuse";
  std::string refuse_status = "429";
  std::string refuse_hint = "none";
  double refuse_hint_s = 1;
  int64_t queue_max = 10000;
  double queue_s_max = 600;
  double keep_alive_s = 1;

  // Other customers and the clock they live by.
  double others_peak = 0;
  double others_trough = 0;
  double others_peak_hour = 14;
  double others_weekend = 1;
  double others_noise = 0;
  double clock_speed = 1;

  // What is given to each account (API key).
  std::string api_keys;
  int64_t concurrency_cap = 0;
  double concurrency_swing = 0;
  bool concurrency_by_balance = false;
  double concurrency_period_s = 60;
  int64_t requests_per_minute = 0;
  int64_t tokens_per_minute = 0;
  int64_t requests_per_day = 0;
  bool count_rejected = true;
  double balance = -1;

  // What the API offers and how it speaks.
  std::string dialect = "openai";
  std::string models;
  int64_t context_tokens = 0;
  std::string rate_headers = "none";
  int64_t embedding_dimensions = 32;

  // Prices in money per million tokens.
  double price_hit = 0.07;
  double price_miss = 0.56;
  double price_output = 1.68;
  std::string off_peak_hours;
  double off_peak_factor = 0.5;

  // Faults.
  bool down = false;
  std::string force;
  std::string faults;
  std::string regions_down;
  double outage_every_s = 0;
  double outage_s = 60;
  std::string outage_preset = "unavailable_503";
};

absl::Span<const Field<Settings>> SettingFields();

// INVALID_ARGUMENT names the setting, its value and what is allowed.
absl::Status ValidateSettings(const Settings& settings);

// Takes over the members of a JSON object; the others stay. All or nothing: INVALID_ARGUMENT leaves
// `settings` as it was.
absl::Status MergeSettings(absl::string_view json, Settings* settings);

std::string SettingsJson(const Settings& settings);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_SETTINGS_H_
