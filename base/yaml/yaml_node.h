#ifndef LULL_BASE_YAML_YAML_NODE_H_
#define LULL_BASE_YAML_YAML_NODE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/yaml/yaml_source.h"

namespace lull {

struct YamlEntry;

// One value of a YAML file. A tree of our own, since it keeps what configuration needs: the line of
// each key, every duplicate, and whether a scalar was quoted.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  // From 1.
  int line = 1;
  // Of a scalar: its text, and whether it stood there without quotes.
  std::string text;
  bool plain = false;
  // Of a sequence.
  std::vector<YamlNode> items;
  // Of a map, in the order of the file, duplicates included.
  std::vector<YamlEntry> entries;
};

struct YamlEntry {
  std::string key;
  int line = 1;
  YamlNode value;
};

// "a list", "a map", "a single value" or "nothing", for messages. Never the value itself, which may
// be a key in the wrong place.
absl::string_view YamlKindName(const YamlNode& node);

// The most that is read, so that no file can exhaust memory or stack.
inline constexpr int kMaxYamlBytes = 4 << 20;
inline constexpr int kMaxYamlDepth = 32;

// Parses a file of one YAML document; a file without content gives a null. Errors of syntax, and
// what configuration files may not have (anchors, tags, keys that are not plain text, text that is
// not UTF-8, a second document), are added to `source`, and there is no result.
std::optional<YamlNode> ParseYaml(absl::string_view text, YamlSource* source);

}  // namespace lull

#endif  // LULL_BASE_YAML_YAML_NODE_H_
