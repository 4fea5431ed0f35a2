#include "base/yaml/yaml_node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cstddef>
#include <sstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

// yaml-cpp counts lines from 0 and has -1 for places it does not know.
int LineOf(const YAML::Mark& mark) { return mark.line < 0 ? 1 : mark.line + 1; }

// How many bytes the UTF-8 character at the beginning of `text` has; 0 if it is none. Overlong
// forms and surrogates are none.
std::size_t Utf8CharacterSize(absl::string_view text) {
  const auto byte = [&text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && follows(1)) return 2;
  if (first >= 0xE0 && first <= 0xEF && follows(1) && follows(2)) {
    const bool is_overlong = first == 0xE0 && second < 0xA0;
    const bool is_surrogate = first == 0xED && second >= 0xA0;
    return is_overlong || is_surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3)) {
    const bool is_overlong = first == 0xF0 && second < 0x90;
    const bool is_too_large = first == 0xF4 && second >= 0x90;
    return is_overlong || is_too_large ? 0 : 4;
  }
  return 0;
}

// yaml-cpp lets bytes pass that are not UTF-8, which protobuf's strings may not have.
bool IsUtf8(absl::string_view text, YamlSource* source) {
  int line = 1;
  while (!text.empty()) {
    const std::size_t size = Utf8CharacterSize(text);
    if (size == 0) {
      source->AddErrorAt(line, "", "the text is not valid UTF-8");
      return false;
    }
    if (text.front() == '\n') ++line;
    text.remove_prefix(size);
  }
  return true;
}

// Builds the tree from the parser's events. After the first error the remaining events are ignored.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlSource* source) : source_(source) {}

  bool failed() const { return failed_; }
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!Accept(mark, "", anchor)) return;
    YamlNode node;
    node.line = LineOf(mark);
    Attach(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(mark, "aliases (\"*name\") are not supported: write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!Accept(mark, tag, anchor)) return;
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.line = LineOf(mark);
    node.text = value;
    node.plain = tag == "?";
    Attach(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A sequence or map whose end has not come. In a map, `key` waits for its value.
  struct OpenNode {
    YamlNode node;
    std::optional<YamlEntry> key;
  };

  void Fail(const YAML::Mark& mark, absl::string_view what) {
    if (failed_) return;
    failed_ = true;
    source_->AddErrorAt(LineOf(mark), "", what);
  }

  bool Accept(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) Fail(mark, "anchors (\"&name\") are not supported: write the value out");
    // "?" is a scalar without and "!" one with quotes; collections have either or nothing.
    if (!tag.empty() && tag != "?" && tag != "!") {
      Fail(mark, absl::StrCat("tags are not supported: ", QuotedValue(tag)));
    }
    return !failed_;
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    if (!Accept(mark, tag, anchor)) return;
    if (open_.size() == kMaxYamlDepth) {
      return Fail(mark, absl::StrCat("nested more than ", kMaxYamlDepth, " levels deep"));
    }
    if (ExpectsKey()) return Fail(mark, "a key has to be text, not a list or a map");
    OpenNode open;
    open.node.kind = kind;
    open.node.line = LineOf(mark);
    open_.push_back(std::move(open));
  }

  void Close() {
    if (failed_) return;
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Attach(std::move(node));
  }

  bool ExpectsKey() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap &&
           !open_.back().key.has_value();
  }

  void Attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key.has_value()) {
      parent.key = YamlEntry{std::move(node.text), node.line, YamlNode()};
    } else {
      parent.key->value = std::move(node);
      parent.node.entries.push_back(*std::move(parent.key));
      parent.key.reset();
    }
  }

  YamlSource* const source_;
  bool failed_ = false;
  YamlNode root_;
  std::vector<OpenNode> open_;
};

}  // namespace

absl::string_view YamlKindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "";
}

std::optional<YamlNode> ParseYaml(absl::string_view text, YamlSource* source) {
  if (text.size() > static_cast<std::size_t>(kMaxYamlBytes)) {
    source->AddErrorAt(
        1, "",
        absl::StrCat("the file has ", text.size(), " bytes; at most ", kMaxYamlBytes, " are read"));
    return std::nullopt;
  }
  if (!IsUtf8(text, source)) return std::nullopt;
  // yaml-cpp takes a quoted text whose end is missing, as in a file that was cut short, unless the
  // document's end is marked.
  std::istringstream stream(absl::StrCat(text, "\n...\n"));
  TreeBuilder builder(source);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    if (builder.failed()) return std::nullopt;
    YamlNode root = builder.TakeRoot();
    TreeBuilder second(source);
    if (parser.HandleNextDocument(second)) {
      source->AddErrorAt(second.TakeRoot().line, "", "only one YAML document is allowed in a file");
      return std::nullopt;
    }
    return root;
  } catch (const YAML::Exception& error) {
    // Some of its messages end with a character of the file's.
    source->AddErrorAt(LineOf(error.mark), "",
                       absl::StrCat("not valid YAML: ", absl::CEscape(error.msg)));
    return std::nullopt;
  }
}

}  // namespace lull
