// A struct's members by name, so that JSON, the command line and the documentation of one struct
// come from one table. Include in .cc files only: it brings the JSON library along.
#ifndef LULL_TOOLS_BUSY_API_FIELDS_H_
#define LULL_TOOLS_BUSY_API_FIELDS_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "nlohmann/json.hpp"
#include "tools/busy_api/field.h"

namespace lull {

template <typename T>
absl::Status AssignField(const Field<T>& field, const nlohmann::json& value, T* object) {
  const auto wrong_type = [&](absl::string_view wanted) {
    return absl::InvalidArgumentError(
        absl::StrCat(field.name, " is ", value.dump(), ", it must be ", wanted));
  };
  if (const auto* member = std::get_if<int64_t T::*>(&field.member)) {
    if (!value.is_number_integer()) return wrong_type("an integer");
    object->** member = value.get<int64_t>();
  } else if (const auto* member = std::get_if<double T::*>(&field.member)) {
    if (!value.is_number()) return wrong_type("a number");
    object->** member = value.get<double>();
  } else if (const auto* member = std::get_if<bool T::*>(&field.member)) {
    if (!value.is_boolean()) return wrong_type("true or false");
    object->** member = value.get<bool>();
  } else {
    if (!value.is_string()) return wrong_type("a string");
    object->*std::get<std::string T::*>(field.member) = value.get<std::string>();
  }
  return absl::OkStatus();
}

// That numbers are in range and strings among the choices, where a field has any.
template <typename T>
absl::Status CheckFields(absl::Span<const Field<T>> fields, const T& object) {
  for (const Field<T>& field : fields) {
    double number = field.min;
    if (const auto* member = std::get_if<int64_t T::*>(&field.member)) {
      number = static_cast<double>(object.**member);
    } else if (const auto* member = std::get_if<double T::*>(&field.member)) {
      number = object.**member;
    } else if (const auto* member = std::get_if<std::string T::*>(&field.member)) {
      const std::string wanted = absl::StrCat("|", object.**member, "|");
      const std::string choices = absl::StrCat("|", field.choices, "|");
      if (!field.choices.empty() && choices.find(wanted) == std::string::npos) {
        return absl::InvalidArgumentError(
            absl::StrCat(field.name, " is \"", object.**member, "\", allowed are ", field.choices));
      }
    }
    if (!(number >= field.min && number <= field.max)) {
      return absl::InvalidArgumentError(
          absl::StrCat(field.name, " is ", number, ", allowed are ", field.min, " to ", field.max));
    }
  }
  return absl::OkStatus();
}

template <typename T>
const Field<T>* FindField(absl::Span<const Field<T>> fields, absl::string_view name) {
  for (const Field<T>& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

template <typename T>
absl::Status NoSuchField(absl::Span<const Field<T>> fields, absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("there is no \"", name, "\"; there are ",
                   absl::StrJoin(fields, ", ", [](std::string* out, const Field<T>& known) {
                     absl::StrAppend(out, known.name);
                   })));
}

template <typename T>
nlohmann::ordered_json FieldsJson(absl::Span<const Field<T>> fields, const T& object) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Field<T>& field : fields) {
    std::visit([&](auto member) { json[std::string(field.name)] = object.*member; }, field.member);
  }
  return json;
}

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_FIELDS_H_
