#include "base/yaml/yaml_source.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

TEST(YamlSource, IsOkWithoutErrors) {
  YamlSource source("lull.yaml");
  source.SetLine("a", 3);
  EXPECT_TRUE(source.ok());
  EXPECT_TRUE(source.status().ok());
}

TEST(YamlSource, TellsErrorsInTheOrderOfTheFile) {
  YamlSource source("lull.yaml");
  source.SetLine("b", 7);
  source.SetLine("a", 3);
  source.AddError("b", "is too large");
  source.AddError("a", "is missing");
  source.AddErrorAt(5, "", "bad");
  EXPECT_FALSE(source.ok());
  EXPECT_EQ(source.status(), absl::InvalidArgumentError("lull.yaml:3: a: is missing\n"
                                                        "lull.yaml:5: bad\n"
                                                        "lull.yaml:7: b: is too large"));
}

TEST(YamlSource, ShowsAnyKeyOnOneLineAndCutsIt) {
  YamlSource source("f");
  source.AddError("a\n\x1b[31mb", "is unknown");
  EXPECT_EQ(source.status().message(), "f:1: a\\n\\033[31mb: is unknown");
  source.AddError("b", "is \"x\ny\"");
  EXPECT_EQ(source.status().message(), "f:1: a\\n\\033[31mb: is unknown\nf:1: b: is \"x\\ny\"");
  YamlSource other("f");
  other.AddError(std::string(10'000, 'k'), "is unknown");
  EXPECT_EQ(other.status().message(), "f:1: " + std::string(200, 'k') + "…: is unknown");
}

TEST(YamlSource, UsesTheLineOfTheNearestValueAround) {
  YamlSource source("f");
  source.SetLine("classes", 2);
  source.SetLine("classes[1]", 9);
  source.SetLine("classes[1].limits", 11);
  EXPECT_EQ(source.LineOf("classes[1].limits.requests.count"), 11);
  EXPECT_EQ(source.LineOf("classes[1].name"), 9);
  EXPECT_EQ(source.LineOf("classes[0].name"), 2);
  EXPECT_EQ(source.LineOf("accounts"), 1);
  EXPECT_EQ(source.LineOf(""), 1);
}

TEST(YamlSource, KeepsOnlyTheFirstErrorOfAPath) {
  YamlSource source("f");
  source.AddError("a", "is not a number");
  source.AddError("a", "is missing");
  EXPECT_EQ(source.status().message(), "f:1: a: is not a number");
}

TEST(YamlSource, ReportsNothingForAnExcusedPath) {
  YamlSource source("f");
  source.Excuse("a");
  source.AddError("a", "is missing");
  EXPECT_TRUE(source.ok());
}

TEST(YamlSource, TellsAHundredErrorsAndCountsTheOthers) {
  YamlSource source("f");
  for (int i = 0; i < 150; ++i) source.AddError(absl::StrCat("p", i), "is wrong");
  const std::string text(source.status().message());
  EXPECT_TRUE(absl::StrContains(text, "p99: is wrong"));
  EXPECT_FALSE(absl::StrContains(text, "p100: is wrong"));
  EXPECT_TRUE(absl::EndsWith(text, "\nf: and 50 more errors"));
}

TEST(QuotedValue, EscapesAndCutsBetweenCharacters) {
  EXPECT_EQ(QuotedValue("a\n\x1b\"b"), "\"a\\n\\033\\\"b\"");
  EXPECT_EQ(QuotedValue("中文"), "\"中文\"");
  EXPECT_EQ(QuotedValue(std::string(59, 'a') + "中文"), "\"" + std::string(59, 'a') + "…\"");
  EXPECT_EQ(QuotedValue(std::string(60, 'a')), "\"" + std::string(60, 'a') + "\"");
}

}  // namespace
}  // namespace lull
