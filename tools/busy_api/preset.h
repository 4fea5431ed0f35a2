// Behaviours with a name: what providers are known to do, one by one.
#ifndef LULL_TOOLS_BUSY_API_PRESET_H_
#define LULL_TOOLS_BUSY_API_PRESET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tools/busy_api/behaviour.h"

namespace lull {

struct Preset {
  absl::string_view name;
  // What a client should make of it:
  //   answer      a good answer, if perhaps a slow or flagged one
  //   busy        try again later; the call did not count
  //   transient   try again; something broke
  //   permanent   this request will never succeed
  //   context     the request is too long
  //   operator    somebody has to pay, renew a key or change a setting
  //   daily       try again tomorrow
  //   hostile     not to be followed, inflated or stored
  absl::string_view meaning;
  absl::string_view script;  // the JSON of a Behaviour
  absl::string_view help;
};

absl::Span<const Preset> Presets();

// INVALID_ARGUMENT lists the presets there are.
absl::StatusOr<Behaviour> FindPreset(absl::string_view name);

// An array of {name, meaning, help, script}.
std::string PresetsJson();

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_PRESET_H_
