#include "base/yaml/yaml_to_proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/yaml/nearest_name.h"
#include "base/yaml/yaml_field.h"
#include "base/yaml/yaml_node.h"

namespace lull {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Child(absl::string_view path, absl::string_view key) {
  return absl::StrCat(path, path.empty() ? "" : ".", key);
}

// Walks the nodes along the descriptors.
class Filler {
 public:
  Filler(const YamlOptions& options, YamlSource* source) : options_(options), source_(source) {}

  void FillMessage(const YamlNode& node, const std::string& path, Message* message);

 private:
  // Keys of one map with the lines where they were first given.
  using Keys = absl::flat_hash_map<std::string, int>;

  void FillField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                 Message* message);
  void FillList(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                Message* message);
  void FillMap(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
               Message* message);
  // One value of the field: all of it, an item of its list, or a value of its map.
  void FillOne(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
               Message* message);

  bool IsMap(const YamlNode& node, const std::string& path);
  // Notes the line of the key, or that it was there before.
  bool IsNewKey(const YamlEntry& entry, const std::string& path, Keys* keys);
  // Of the members of a oneof only one may be given.
  bool IsOnlyChoice(const FieldDescriptor& field, const std::string& path, const Message& message);
  void ReportUnknownKey(const YamlEntry& entry, const std::string& parent, const Descriptor& type);

  const YamlOptions& options_;
  YamlSource* const source_;
};

void Filler::FillMessage(const YamlNode& node, const std::string& path, Message* message) {
  if (!IsMap(node, path)) return;
  const Descriptor& type = *message->GetDescriptor();
  Keys keys;
  for (const YamlEntry& entry : node.entries) {
    const FieldDescriptor* field = type.FindFieldByName(entry.key);
    if (field == nullptr) {
      ReportUnknownKey(entry, path, type);
      continue;
    }
    const std::string field_path = Child(path, entry.key);
    if (!IsNewKey(entry, field_path, &keys)) continue;
    if (!IsOnlyChoice(*field, field_path, *message)) continue;
    FillField(entry.value, field_path, *field, message);
  }
}

void Filler::FillField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                       Message* message) {
  if (field.is_map()) return FillMap(node, path, field, message);
  if (field.is_repeated()) return FillList(node, path, field, message);
  // A section in which everything is commented out is as if it were not there.
  if (node.kind == YamlNode::Kind::kNull && !IsYamlScalar(field)) return;
  FillOne(node, path, field, message);
}

void Filler::FillList(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                      Message* message) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kSequence) {
    source_->AddError(path,
                      absl::StrCat("has to be a list, e.g. [a, b], not ", YamlKindName(node)));
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string item_path = absl::StrCat(path, "[", i, "]");
    source_->SetLine(item_path, node.items[i].line);
    FillOne(node.items[i], item_path, field, message);
  }
}

void Filler::FillMap(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                     Message* message) {
  if (!IsMap(node, path)) return;
  const FieldDescriptor& key_field = *field.message_type()->map_key();
  if (key_field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    source_->AddError(path, "cannot be given in YAML: its keys are not text");
    return;
  }
  Keys keys;
  for (const YamlEntry& entry : node.entries) {
    const std::string entry_path = Child(path, ShownValue(entry.key));
    if (!IsNewKey(entry, entry_path, &keys)) continue;
    Message* pair = message->GetReflection()->AddMessage(message, &field);
    pair->GetReflection()->SetString(pair, &key_field, entry.key);
    FillOne(entry.value, entry_path, *field.message_type()->map_value(), pair);
  }
}

void Filler::FillOne(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                     Message* message) {
  if (IsYamlScalar(field)) {
    const absl::Status status = StoreYamlScalar(node, field, options_, message);
    if (!status.ok()) source_->AddError(path, status.message());
    return;
  }
  const Reflection& reflection = *message->GetReflection();
  FillMessage(node, path,
              field.is_repeated() ? reflection.AddMessage(message, &field)
                                  : reflection.MutableMessage(message, &field));
}

bool Filler::IsMap(const YamlNode& node, const std::string& path) {
  if (node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kNull) return true;
  source_->AddError(path,
                    absl::StrCat("has to be a map of keys and values, not ", YamlKindName(node)));
  return false;
}

bool Filler::IsNewKey(const YamlEntry& entry, const std::string& path, Keys* keys) {
  const auto [first, is_new] = keys->emplace(entry.key, entry.line);
  if (is_new) {
    source_->SetLine(path, entry.line);
  } else {
    source_->AddErrorAt(entry.line, path,
                        absl::StrCat("is given twice, first in line ", first->second));
  }
  return is_new;
}

bool Filler::IsOnlyChoice(const FieldDescriptor& field, const std::string& path,
                          const Message& message) {
  const auto* choice = field.real_containing_oneof();
  if (choice == nullptr) return true;
  const auto* other = message.GetReflection()->GetOneofFieldDescriptor(message, choice);
  if (other == nullptr) return true;
  source_->AddError(path, absl::StrCat("cannot be given together with \"", other->name(),
                                       "\": choose one of them"));
  return false;
}

void Filler::ReportUnknownKey(const YamlEntry& entry, const std::string& parent,
                              const Descriptor& type) {
  std::vector<std::string> known;
  known.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) known.push_back(type.field(i)->name());
  const std::string nearest = NearestName(entry.key, known);
  const std::string path = Child(parent, ShownValue(entry.key));
  if (nearest.empty()) {
    source_->AddErrorAt(entry.line, path,
                        absl::StrCat("unknown key; allowed are ", absl::StrJoin(known, ", ")));
    return;
  }
  source_->AddErrorAt(entry.line, path,
                      absl::StrCat("unknown key, did you mean \"", nearest, "\"?"));
  source_->Excuse(Child(parent, nearest));
}

}  // namespace

void YamlToProto(absl::string_view text, const YamlOptions& options, YamlSource* source,
                 Message* message) {
  const std::optional<YamlNode> root = ParseYaml(text, source);
  if (root.has_value()) Filler(options, source).FillMessage(*root, "", message);
}

}  // namespace lull
