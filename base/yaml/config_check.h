// Checks of the meaning of single values of a configuration, after YamlToProto has checked their
// form. Every fault becomes an error of the YamlSource: what is wrong, with which value, and what
// is allowed.
#ifndef LULL_BASE_YAML_CONFIG_CHECK_H_
#define LULL_BASE_YAML_CONFIG_CHECK_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/repeated_ptr_field.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/yaml/yaml_source.h"

namespace lull {

// A Duration that YamlToProto has made.
absl::Duration ConfigDuration(const google::protobuf::Duration& duration);

// Not thread-safe.
class ConfigCheck {
 public:
  // Errors go to `source`, which has to outlive this.
  explicit ConfigCheck(YamlSource* source) : source_(source) {}

  // The value is required and empty: missing, unless the file has it, which is left to other
  // checks.
  void MissingUnlessGiven(absl::string_view path);
  // Anything else.
  void Wrong(absl::string_view path, absl::string_view what) { source_->AddError(path, what); }

  // 1 to `max_size` letters, digits and "-_.".
  void Name(absl::string_view path, absl::string_view value, int max_size = 63);
  // The same; an empty one is as if it were not given.
  void OptionalName(absl::string_view path, absl::string_view value) {
    if (!value.empty()) Name(path, value);
  }
  // Names of different things of a list: `path`[i].name.
  void DifferentNames(absl::string_view path, const std::vector<std::string>& names);
  // One of the `names`; "account" is a `kind`.
  void Reference(absl::string_view path, absl::string_view value, absl::string_view kind,
                 const std::vector<std::string>& names);

  // 0 that is not in the file is as if it were not given.
  void Range(absl::string_view path, int64_t value, int64_t min, int64_t max);
  void Fraction(absl::string_view path, double value, double min, double max);
  // Nothing is checked unless `given`.
  void Time(absl::string_view path, bool given, const google::protobuf::Duration& value,
            absl::Duration min, absl::Duration max);
  // The length of a list.
  void Count(absl::string_view path, int size, int min, int max);
  // At most 16 of letters, digits and "-_.=:/", 1 to 63 characters each.
  void Tags(absl::string_view path, const google::protobuf::RepeatedPtrField<std::string>& tags);

 private:
  YamlSource* const source_;
};

}  // namespace lull

#endif  // LULL_BASE_YAML_CONFIG_CHECK_H_
