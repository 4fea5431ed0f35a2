#ifndef LULL_BASE_YAML_YAML_FIELD_H_
#define LULL_BASE_YAML_YAML_FIELD_H_

#include "absl/status/status.h"
#include "base/yaml/yaml_node.h"
#include "base/yaml/yaml_options.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace lull {

// Whether a single value stands for the field: it is no message, or a Duration or Timestamp.
bool IsYamlScalar(const google::protobuf::FieldDescriptor& field);

// Sets such a field of `message` from `node` or, if it is repeated, adds to it. INVALID_ARGUMENT,
// the message being what is wrong, with which value, and what is allowed; the value of a secret is
// never in it. A wrong item of a list is stored as the type's default, so that later ones keep
// their places.
absl::Status StoreYamlScalar(const YamlNode& node, const google::protobuf::FieldDescriptor& field,
                             const YamlOptions& options, google::protobuf::Message* message);

}  // namespace lull

#endif  // LULL_BASE_YAML_YAML_FIELD_H_
