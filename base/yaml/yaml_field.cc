#include "base/yaml/yaml_field.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/yaml/nearest_name.h"
#include "base/yaml/yaml_scalar.h"
#include "base/yaml/yaml_source.h"

namespace lull {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kDuration = "google.protobuf.Duration";
constexpr absl::string_view kTimestamp = "google.protobuf.Timestamp";

template <typename T>
absl::StatusOr<T> IntegerOf(const YamlNode& node, const FieldDescriptor& field) {
  // No file needs the upper half of uint64_t.
  constexpr int64_t kMin =
      std::is_signed_v<T> ? static_cast<int64_t>(std::numeric_limits<T>::min()) : 0;
  constexpr int64_t kMax = sizeof(T) < sizeof(int64_t)
                               ? static_cast<int64_t>(std::numeric_limits<T>::max())
                               : std::numeric_limits<int64_t>::max();
  const bool is_size =
      absl::EndsWith(field.name(), "_bytes") || absl::StrContains(field.name(), "_bytes_");
  const absl::StatusOr<int64_t> value = YamlInteger(node, is_size, kMin, kMax);
  if (!value.ok()) return value.status();
  return static_cast<T>(*value);
}

// RUN_WHEN_ANY_TIME of RunWhen is "any_time".
std::string ShortEnumName(const EnumValueDescriptor& value) {
  std::string prefix;
  for (const char letter : value.type()->name()) {
    if (absl::ascii_isupper(letter) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(letter);
  }
  return absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix + "_"));
}

absl::StatusOr<int> EnumOf(const YamlNode& node, const EnumDescriptor& type) {
  std::vector<std::string> allowed;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;  // "unspecified" is said by leaving the key out.
    allowed.push_back(ShortEnumName(value));
    if (allowed.back() == node.text) return value.number();
  }
  return absl::InvalidArgumentError(absl::StrCat(QuotedValue(node.text), " is not one of ",
                                                 absl::StrJoin(allowed, ", "),
                                                 DidYouMean(node.text, allowed)));
}

// The name of the variable if the text is "${NAME}", else nothing.
std::optional<std::string> ReferencedVariable(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "${") || !absl::ConsumeSuffix(&text, "}")) return std::nullopt;
  const bool is_name = !text.empty() && !absl::ascii_isdigit(text.front()) &&
                       std::all_of(text.begin(), text.end(),
                                   [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
  return is_name ? std::make_optional(std::string(text)) : std::nullopt;
}

absl::StatusOr<std::string> SecretOf(const YamlNode& node, const YamlOptions& options) {
  const std::optional<std::string> variable = ReferencedVariable(node.text);
  if (!variable.has_value()) {
    return absl::InvalidArgumentError(
        "is a secret, which does not belong into a file like this; write \"${NAME}\" to take it "
        "from the environment variable NAME");
  }
  const std::optional<std::string> value = options.environment(*variable);
  if (!value.has_value() || value->empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the environment variable ", *variable, " is ",
                                                   value.has_value() ? "empty" : "not set"));
  }
  return *value;
}

absl::StatusOr<std::string> TextOf(const YamlNode& node, const FieldDescriptor& field,
                                   const YamlOptions& options) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    return absl::InvalidArgumentError("cannot be given in YAML: it holds bytes");
  }
  const auto& secrets = options.secret_fields;
  if (std::find(secrets.begin(), secrets.end(), field.full_name()) != secrets.end()) {
    return SecretOf(node, options);
  }
  if (absl::StrContains(node.text, "${")) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotedValue(node.text),
                     " has \"${\": environment variables are only allowed for secrets, and this is "
                     "none"));
  }
  return node.text;
}

// Writes the two fields that Duration and Timestamp have in common.
void SetSecondsAndNanos(absl::Duration value, Message* message) {
  absl::Duration rest;
  int64_t seconds = absl::IDivDuration(value, absl::Seconds(1), &rest);
  int64_t nanos = absl::ToInt64Nanoseconds(rest);
  if (nanos < 0) {  // A Timestamp before 1970 counts its nanoseconds forward.
    seconds -= 1;
    nanos += 1'000'000'000;
  }
  const auto& type = *message->GetDescriptor();
  const Reflection& reflection = *message->GetReflection();
  reflection.SetInt64(message, type.FindFieldByName("seconds"), seconds);
  reflection.SetInt32(message, type.FindFieldByName("nanos"), static_cast<int32_t>(nanos));
}

absl::Status StoreTime(const YamlNode& node, const FieldDescriptor& field, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  Message* stored = field.is_repeated() ? reflection.AddMessage(message, &field)
                                        : reflection.MutableMessage(message, &field);
  absl::Duration value;
  if (field.message_type()->full_name() == kDuration) {
    const auto duration = YamlDuration(node);
    if (!duration.ok()) return duration.status();
    value = *duration;
  } else {
    const auto time = YamlTimestamp(node);
    if (!time.ok()) return time.status();
    value = *time - absl::UnixEpoch();
  }
  SetSecondsAndNanos(value, stored);
  return absl::OkStatus();
}

// Stores a value with the two functions that protobuf's reflection has for its type.
template <typename T, typename Argument>
absl::Status Store(const absl::StatusOr<T>& value, const FieldDescriptor& field, Message* message,
                   void (Reflection::*set)(Message*, const FieldDescriptor*, Argument) const,
                   void (Reflection::*add)(Message*, const FieldDescriptor*, Argument) const) {
  const Reflection& reflection = *message->GetReflection();
  if (field.is_repeated()) {
    (reflection.*add)(message, &field, value.ok() ? *value : T());
  } else if (value.ok()) {
    (reflection.*set)(message, &field, *value);
  }
  return value.status();
}

// What a wrong shape should have been.
absl::string_view Expected(const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return "a single value";
  return field.message_type()->full_name() == kDuration ? "a length of time such as 30s"
                                                        : "a moment such as 2026-08-16T16:00:00Z";
}

}  // namespace

bool IsYamlScalar(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type()->full_name() == kDuration ||
         field.message_type()->full_name() == kTimestamp;
}

absl::Status StoreYamlScalar(const YamlNode& node, const FieldDescriptor& field,
                             const YamlOptions& options, Message* message) {
  if (node.kind != YamlNode::Kind::kScalar) {
    if (field.is_repeated()) {  // Keeps the item's place.
      YamlNode empty;
      empty.kind = YamlNode::Kind::kScalar;
      StoreYamlScalar(empty, field, options, message).IgnoreError();
    }
    return absl::InvalidArgumentError(
        absl::StrCat("has to be ", Expected(field), ", not ", YamlKindName(node)));
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Store(YamlBool(node), field, message, &Reflection::SetBool, &Reflection::AddBool);
    case FieldDescriptor::CPPTYPE_INT32:
      return Store(IntegerOf<int32_t>(node, field), field, message, &Reflection::SetInt32,
                   &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Store(IntegerOf<int64_t>(node, field), field, message, &Reflection::SetInt64,
                   &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Store(IntegerOf<uint32_t>(node, field), field, message, &Reflection::SetUInt32,
                   &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Store(IntegerOf<uint64_t>(node, field), field, message, &Reflection::SetUInt64,
                   &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Store(YamlDouble(node), field, message, &Reflection::SetDouble,
                   &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Store(YamlDouble(node), field, message, &Reflection::SetFloat, &Reflection::AddFloat);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Store(EnumOf(node, *field.enum_type()), field, message, &Reflection::SetEnumValue,
                   &Reflection::AddEnumValue);
    case FieldDescriptor::CPPTYPE_STRING:
      return Store(TextOf(node, field, options), field, message, &Reflection::SetString,
                   &Reflection::AddString);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return StoreTime(node, field, message);
  }
  return absl::InvalidArgumentError("cannot be given in YAML");
}

}  // namespace lull
