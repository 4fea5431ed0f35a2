#ifndef LULL_BASE_YAML_YAML_TO_PROTO_H_
#define LULL_BASE_YAML_YAML_TO_PROTO_H_

#include "absl/strings/string_view.h"
#include "base/yaml/yaml_options.h"
#include "base/yaml/yaml_source.h"

namespace google::protobuf {
class Message;
}

namespace lull {

// Fills `message` from the YAML `text`, by its descriptor: keys are field names, lists are repeated
// fields, maps are map fields or messages.
//
//   numbers      decimal, without quotes; fields with _bytes in their name also like 16MiB
//   bool         true or false
//   enum         lower case without the prefix of the type: UPSTREAM_KIND_LOCAL is `local`
//   Duration     like 30s or 1h30m, not negative
//   Timestamp    RFC 3339
//   string       the text as it stands there, with or without quotes
//   nothing      (a key with no value) is as if the key were not there; only for lists and messages
//
// Every error is added to `source`, along with the line of every value; the message is filled in as
// far as possible, so that its meaning can be checked as well. A field of a type that YAML cannot
// give (bytes, maps whose keys are not strings) is an error when it is used. The value of a secret
// is never in an error.
void YamlToProto(absl::string_view text, const YamlOptions& options, YamlSource* source,
                 google::protobuf::Message* message);

}  // namespace lull

#endif  // LULL_BASE_YAML_YAML_TO_PROTO_H_
