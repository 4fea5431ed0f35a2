#include "base/yaml/config_check.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "base/yaml/yaml_source.h"

namespace lull {
namespace {

// The error that the check gives of a value in line 5; empty if there is none.
std::string ErrorOf(const std::function<void(ConfigCheck&)>& run) {
  YamlSource source("f");
  source.SetLine("a", 5);
  ConfigCheck check(&source);
  run(check);
  return std::string(source.status().message());
}

google::protobuf::Duration Seconds(int64_t seconds) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  return duration;
}

TEST(ConfigDuration, IsExact) {
  google::protobuf::Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(250'000'000);
  EXPECT_EQ(ConfigDuration(duration), absl::Milliseconds(1250));
}

TEST(ConfigCheck, TakesNamesOfAllowedCharacters) {
  for (const std::string& name : {std::string("a"), std::string("A-b_c.9"), std::string(63, 'x')}) {
    EXPECT_EQ(ErrorOf([&](ConfigCheck& c) { c.Name("a", name); }), "") << name;
  }
  for (const std::string& name : {std::string(""), std::string("a b"), std::string("a/b"),
                                  std::string("ä"), std::string(64, 'x')}) {
    EXPECT_NE(ErrorOf([&](ConfigCheck& c) { c.Name("a", name); }), "") << name;
  }
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Name("a", "a b"); }),
            "f:5: a: \"a b\" is not allowed: from 1 to 63 letters, digits and \"-_.\" are");
}

TEST(ConfigCheck, TellsWhatIsMissingFromWhatIsEmpty) {
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Name("b", ""); }),
            "f:1: b: is missing and has to be given");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Name("a", ""); }),
            "f:5: a: \"\" is not allowed: from 1 to 63 letters, digits and \"-_.\" are");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.OptionalName("b", ""); }), "");
}

TEST(ConfigCheck, WantsDifferentNames) {
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.DifferentNames("a", {"x", "y", "", ""}); }), "");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) {
              c.DifferentNames("a", {"x", "y", "x"});
            }),
            "f:5: a[2].name: \"x\" is taken already, by a[0] in line 5");
}

TEST(ConfigCheck, FollowsReferences) {
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Reference("a", "x", "account", {"y", "x"}); }), "");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Reference("a", "opnai", "account", {"openai"}); }),
            "f:5: a: there is no account \"opnai\", did you mean \"openai\"?");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) {
              c.Reference("a", "z", "account", {"openai", "other"});
            }),
            "f:5: a: there is no account \"z\"; there are openai, other");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Reference("a", "z", "account", {}); }),
            "f:5: a: there is no account \"z\"");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Reference("b", "", "account", {"x"}); }),
            "f:1: b: is missing and has to be given");
}

TEST(ConfigCheck, TakesRangesWithTheirEnds) {
  for (const int64_t value : {3, 4, 5}) {
    EXPECT_EQ(ErrorOf([&](ConfigCheck& c) { c.Range("a", value, 3, 5); }), "");
  }
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Range("a", 2, 3, 5); }),
            "f:5: a: 2 is not allowed: from 3 to 5 is");
  EXPECT_NE(ErrorOf([](ConfigCheck& c) { c.Range("a", 6, 3, 5); }), "");
}

TEST(ConfigCheck, TakesZeroForNotGivenOnlyWhereTheFileHasNothing) {
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Range("b", 0, 3, 5); }), "");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Range("a", 0, 3, 5); }),
            "f:5: a: 0 is not allowed: from 3 to 5 is");
}

TEST(ConfigCheck, TakesFractionsAndTimesWithTheirEnds) {
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Fraction("a", 0.01, 0.01, 1); }), "");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Fraction("a", 1.5, 0.01, 1); }),
            "f:5: a: 1.5 is not allowed: from 0.01 to 1 is");
  const auto time = [](bool given, int64_t seconds) {
    return ErrorOf([=](ConfigCheck& c) {
      c.Time("a", given, Seconds(seconds), absl::Seconds(1), absl::Minutes(1));
    });
  };
  EXPECT_EQ(time(true, 1), "");
  EXPECT_EQ(time(true, 60), "");
  EXPECT_EQ(time(true, 0), "f:5: a: 0 is not allowed: from 1s to 1m is");
  EXPECT_EQ(time(true, 61), "f:5: a: 1m1s is not allowed: from 1s to 1m is");
  EXPECT_EQ(time(false, 0), "");
}

TEST(ConfigCheck, CountsEntries) {
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Count("a", 3, 1, 3); }), "");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Count("a", 4, 1, 3); }),
            "f:5: a: has 4 entries; from 1 to 3 are allowed");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Count("b", 0, 1, 3); }),
            "f:1: b: is missing and has to be given");
  EXPECT_EQ(ErrorOf([](ConfigCheck& c) { c.Count("b", 0, 0, 3); }), "");
}

TEST(ConfigCheck, TakesTags) {
  google::protobuf::RepeatedPtrField<std::string> tags;
  *tags.Add() = "region=eu";
  *tags.Add() = "a:b/c";
  EXPECT_EQ(ErrorOf([&](ConfigCheck& c) { c.Tags("a", tags); }), "");
  *tags.Add() = "a b";
  EXPECT_EQ(ErrorOf([&](ConfigCheck& c) { c.Tags("a", tags); }),
            "f:5: a[2]: \"a b\" is not allowed: from 1 to 63 letters, digits and \"-_.=:/\" are");
  tags.Clear();
  for (int i = 0; i < 17; ++i) *tags.Add() = "x";
  EXPECT_EQ(ErrorOf([&](ConfigCheck& c) { c.Tags("a", tags); }),
            "f:5: a: has 17 entries; from 0 to 16 are allowed");
}

}  // namespace
}  // namespace lull
