#include "tools/busy_api/settings.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "tools/busy_api/mix.h"
#include "tools/busy_api/retry_hint.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr double kMany = 1e12;

constexpr SettingField kFields[] = {
    {"slots", &Settings::slots, 0, 1e6, "calls that are served at the same time"},
    {"tokens_per_s", &Settings::tokens_per_s, 0, kMany,
     "output tokens per second over all calls; 0: no limit"},
    {"latency_ms", &Settings::latency_ms, 0, 1e9, "time to the first content of an answer"},
    {"token_ms", &Settings::token_ms, 0, 1e6, "time per output token after that"},
    {"latency_spread", &Settings::latency_spread, 0, 1,
     "both times vary by up to this fraction either way"},
    {"output_tokens", &Settings::output_tokens, 1, 1e6, "mean length of an answer"},
    {"output_spread", &Settings::output_spread, 0, 1,
     "the length varies by up to this fraction either way"},
    {"chunk_tokens", &Settings::chunk_tokens, 1, 1e6, "tokens per event of a streamed answer"},
    {"refuse_status", &Settings::refuse_status, 0, 0,
     "status for a call that finds no slot, or a mix such as \"429:3,503:1\""},
    {"refuse_hint", &Settings::refuse_hint, 0, 0,
     "form of the delay hint on such a refusal, or a mix such as \"none:1,retry_after_s:1\""},
    {"refuse_hint_s", &Settings::refuse_hint_s, 0, 1e9, "the delay that the hint asks for"},
    {"down", &Settings::down, 0, 0, "answer every call with 503"},
};

absl::Status OutOfRange(const SettingField& field, double value) {
  return absl::InvalidArgumentError(absl::StrCat("setting ", field.name, " is ", value,
                                                 ", allowed are ", field.min, " to ", field.max));
}

absl::Status CheckStatusMix(absl::string_view text) {
  absl::StatusOr<Mix> mix = ParseMix(text);
  if (!mix.ok()) return mix.status();
  for (const Mix::Choice& choice : mix->choices()) {
    int status = 0;
    if (!absl::SimpleAtoi(choice.name, &status) || status < 400 || status > 599) {
      return absl::InvalidArgumentError(absl::StrCat("\"", choice.name,
                                                     "\" is no error status, allowed are 400 to "
                                                     "599"));
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

absl::Status Named(absl::string_view name, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("setting ", name, ": ", status.message()));
}

absl::Status Assign(const SettingField& field, const json& value, Settings* settings) {
  const auto wrong_type = [&](absl::string_view wanted) {
    return absl::InvalidArgumentError(
        absl::StrCat("setting ", field.name, " is ", value.dump(), ", it must be ", wanted));
  };
  if (const auto* member = std::get_if<int64_t Settings::*>(&field.member)) {
    if (!value.is_number_integer()) return wrong_type("an integer");
    settings->** member = value.get<int64_t>();
  } else if (const auto* member = std::get_if<double Settings::*>(&field.member)) {
    if (!value.is_number()) return wrong_type("a number");
    settings->** member = value.get<double>();
  } else if (const auto* member = std::get_if<bool Settings::*>(&field.member)) {
    if (!value.is_boolean()) return wrong_type("true or false");
    settings->** member = value.get<bool>();
  } else {
    if (!value.is_string()) return wrong_type("a string");
    settings->*std::get<std::string Settings::*>(field.member) = value.get<std::string>();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const SettingField> SettingFields() { return kFields; }

absl::Status ValidateSettings(const Settings& settings) {
  for (const SettingField& field : kFields) {
    double value = field.min;
    if (const auto* member = std::get_if<int64_t Settings::*>(&field.member)) {
      value = static_cast<double>(settings.**member);
    } else if (const auto* member = std::get_if<double Settings::*>(&field.member)) {
      value = settings.**member;
    }
    if (!(value >= field.min && value <= field.max)) return OutOfRange(field, value);
  }
  if (absl::Status status = Named("refuse_status", CheckStatusMix(settings.refuse_status));
      !status.ok()) {
    return status;
  }
  return Named("refuse_hint", CheckHintMix(settings.refuse_hint));
}

absl::Status MergeSettings(absl::string_view text, Settings* settings) {
  const json object = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("settings must be a JSON object");
  Settings merged = *settings;
  for (const auto& [name, value] : object.items()) {
    const SettingField* field = nullptr;
    for (const SettingField& candidate : kFields) {
      if (candidate.name == name) field = &candidate;
    }
    if (field == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(
          "there is no setting \"", name, "\"; there are ",
          absl::StrJoin(kFields, ", ", [](std::string* out, const SettingField& known) {
            absl::StrAppend(out, known.name);
          })));
    }
    if (absl::Status status = Assign(*field, value, &merged); !status.ok()) return status;
  }
  if (absl::Status status = ValidateSettings(merged); !status.ok()) return status;
  *settings = std::move(merged);
  return absl::OkStatus();
}

std::string SettingsJson(const Settings& settings) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const SettingField& field : kFields) {
    std::visit([&](auto member) { object[std::string(field.name)] = settings.*member; },
               field.member);
  }
  return object.dump(2) + "\n";
}

}  // namespace lull
