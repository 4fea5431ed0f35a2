// Everything about busy_api that may change while it runs. One table of fields serves the command
// line, POST /busy/settings and GET /busy/settings, so the three cannot differ.
#ifndef LULL_TOOLS_BUSY_API_SETTINGS_H_
#define LULL_TOOLS_BUSY_API_SETTINGS_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lull {

struct Settings {
  // Capacity and pace.
  int64_t slots = 8;
  double tokens_per_s = 0;
  double latency_ms = 50;
  double token_ms = 1;
  double latency_spread = 0.2;
  int64_t output_tokens = 32;
  double output_spread = 0.5;
  int64_t chunk_tokens = 4;

  // What a call gets that finds no slot.
  std::string refuse_status = "429";
  std::string refuse_hint = "none";
  double refuse_hint_s = 1;

  // Faults of the whole server.
  bool down = false;
};

struct SettingField {
  absl::string_view name;  // snake_case; the command line's flag has dashes
  std::variant<int64_t Settings::*, double Settings::*, bool Settings::*, std::string Settings::*>
      member;
  double min;  // of numbers
  double max;
  absl::string_view help;
};

absl::Span<const SettingField> SettingFields();

// INVALID_ARGUMENT names the setting, its value and what is allowed.
absl::Status ValidateSettings(const Settings& settings);

// Takes over the members of a JSON object; the others stay. All or nothing: INVALID_ARGUMENT leaves
// `settings` as it was.
absl::Status MergeSettings(absl::string_view json, Settings* settings);

std::string SettingsJson(const Settings& settings);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_SETTINGS_H_
