#include "base/yaml/yaml_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/yaml/yaml_source.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = YamlNode::Kind;

std::string ErrorOf(const std::string& text) {
  YamlSource source("f.yaml");
  EXPECT_FALSE(ParseYaml(text, &source).has_value());
  EXPECT_FALSE(source.ok());
  return std::string(source.status().message());
}

TEST(ParseYaml, KeepsLinesQuotesAndDuplicates) {
  YamlSource source("f.yaml");
  const auto root =
      ParseYaml("# comment\nname: \"x\"\nlist:\n  - 5\n  - [a]\nname: y\nnone:\n", &source);
  ASSERT_TRUE(root.has_value()) << source.status();
  ASSERT_EQ(root->kind, Kind::kMap);
  ASSERT_EQ(root->entries.size(), 4u);
  EXPECT_EQ(root->entries[0].key, "name");
  EXPECT_EQ(root->entries[0].line, 2);
  EXPECT_EQ(root->entries[0].value.text, "x");
  EXPECT_FALSE(root->entries[0].value.plain);

  const YamlNode& list = root->entries[1].value;
  EXPECT_EQ(root->entries[1].line, 3);
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_EQ(list.items[0].text, "5");
  EXPECT_TRUE(list.items[0].plain);
  EXPECT_EQ(list.items[0].line, 4);
  EXPECT_EQ(list.items[1].kind, Kind::kSequence);
  EXPECT_EQ(list.items[1].line, 5);

  EXPECT_EQ(root->entries[2].key, "name");
  EXPECT_EQ(root->entries[2].line, 6);
  EXPECT_EQ(root->entries[3].value.kind, Kind::kNull);
  EXPECT_EQ(root->entries[3].line, 7);
}

TEST(ParseYaml, TakesAnEmptyFileAsNothing) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n"}) {
    YamlSource source("f.yaml");
    const auto root = ParseYaml(text, &source);
    ASSERT_TRUE(root.has_value()) << source.status();
    EXPECT_EQ(root->kind, Kind::kNull);
  }
}

TEST(ParseYaml, NamesTheLineOfASyntaxError) {
  EXPECT_THAT(ErrorOf("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("f.yaml:3: not valid YAML: "));
  EXPECT_THAT(ErrorOf("a: 1\n  b: 2\n"), StartsWith("f.yaml:2: not valid YAML: "));
}

TEST(ParseYaml, RefusesWhatConfigurationDoesNotNeed) {
  EXPECT_EQ(ErrorOf("a: 1\nb: &x 2\n"),
            "f.yaml:2: anchors (\"&name\") are not supported: write the value out");
  EXPECT_EQ(ErrorOf("a: 1\nb: !!int 2\n"),
            "f.yaml:2: tags are not supported: \"tag:yaml.org,2002:int\"");
  EXPECT_EQ(ErrorOf("a: 1\n? [x]\n: 2\n"), "f.yaml:2: a key has to be text, not a list or a map");
  EXPECT_EQ(ErrorOf("a: 1\n---\nb: 2\n"), "f.yaml:3: only one YAML document is allowed in a file");
}

TEST(ParseYaml, RefusesTextThatIsNotUtf8) {
  for (const char* wrong : {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xe4\xb8"}) {
    EXPECT_EQ(ErrorOf(absl::StrCat("a: 1\nb: ", wrong, "\n")),
              "f.yaml:2: the text is not valid UTF-8");
  }
  YamlSource source("f.yaml");
  const auto root = ParseYaml(
      "\xef\xbb\xbf"
      "a: é中😀\n",
      &source);
  ASSERT_TRUE(root.has_value()) << source.status();
  EXPECT_EQ(root->entries[0].key, "a");
  EXPECT_EQ(root->entries[0].value.text, "é中😀");
}

TEST(ParseYaml, ShowsAWrongEscapeOnOneLine) {
  EXPECT_THAT(ErrorOf("a: \"\\\x01\"\n"), testing::EndsWith("\\001"));
  EXPECT_THAT(ErrorOf(std::string("xLU:\0", 5)), testing::Not(HasSubstr("\n")));
}

TEST(ParseYaml, NoticesAFileThatWasCutShort) {
  EXPECT_THAT(ErrorOf("a: \"no end\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(ErrorOf("a: 'no end"), HasSubstr("not valid YAML"));
  EXPECT_THAT(ErrorOf("a: [1, 2"), HasSubstr("not valid YAML"));
  EXPECT_THAT(ErrorOf("a: {b: 2"), HasSubstr("not valid YAML"));
}

TEST(ParseYaml, DoesNotExpandAliases) {
  // Nine levels of ten aliases each would be a billion values.
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, "]\n");
  }
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("are not supported"));
}

TEST(ParseYaml, BoundsDepthAndSize) {
  const auto nested = [](int depth) {
    return std::string(depth, '[') + "x" + std::string(depth, ']');
  };
  YamlSource source("f.yaml");
  EXPECT_TRUE(ParseYaml(nested(kMaxYamlDepth), &source).has_value());
  EXPECT_EQ(ErrorOf(nested(kMaxYamlDepth + 1)), "f.yaml:1: nested more than 32 levels deep");
  EXPECT_THAT(ErrorOf(nested(100'000)), StartsWith("f.yaml:1: "));

  EXPECT_THAT(ErrorOf(std::string(kMaxYamlBytes + 1, ' ')),
              HasSubstr("the file has 4194305 bytes; at most 4194304 are read"));
}

}  // namespace
}  // namespace lull
