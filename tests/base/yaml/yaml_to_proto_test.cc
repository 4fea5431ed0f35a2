#include "base/yaml/yaml_to_proto.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/yaml/yaml_source.h"
#include "tests/base/yaml/example.pb.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using testing::Garden;  // lull::testing, not ::testing
using ::testing::HasSubstr;
using ::testing::Not;

YamlOptions Options() {
  YamlOptions options;
  options.secret_fields = {"lull.testing.Garden.password"};
  options.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "GARDEN_PASSWORD") return "open sesame";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  return options;
}

Garden Parsed(const std::string& text) {
  YamlSource source("g.yaml");
  Garden garden;
  YamlToProto(text, Options(), &source, &garden);
  EXPECT_TRUE(source.ok()) << source.status();
  return garden;
}

Garden FromText(const std::string& text) {
  Garden garden;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &garden));
  return garden;
}

std::vector<std::string> Errors(const std::string& text) {
  YamlSource source("g.yaml");
  Garden garden;
  YamlToProto(text, Options(), &source, &garden);
  if (source.ok()) return {};
  return absl::StrSplit(source.status().message(), '\n');
}

MATCHER_P(EqualsProto, expected, "") {
  const Garden wanted = FromText(expected);
  *result_listener << arg.DebugString();
  return google::protobuf::util::MessageDifferencer::Equals(arg, wanted);
}

TEST(YamlToProto, FillsEveryKindOfField) {
  EXPECT_THAT(Parsed(R"(
name: Kew
open: true
small: -12
large: 9000000000000
small_unsigned: 4294967295
large_unsigned: 9223372036854775807
share: 0.25
angle: -1.5
kind: wild_tulip
watering: 1h30m
planted: 2026-08-16T16:00:00.5Z
bed: {name: north, width: 3, inner: {width: 1}}
beds:
  - name: a
  - {name: b}
tags: [x, "y z", 12]
counts: [1, 2]
kinds: [rose, wild_tulip]
labels: {team: a, n: 5}
named_beds:
  south: {width: 4}
river: Thames
storage_bytes: 16MiB
password: ${GARDEN_PASSWORD}
maybe: 0
pauses: [10s, 250ms]
)"),
              EqualsProto(R"pb(
                name: "Kew"
                open: true
                small: -12
                large: 9000000000000
                small_unsigned: 4294967295
                large_unsigned: 9223372036854775807
                share: 0.25
                angle: -1.5
                kind: FLOWER_KIND_WILD_TULIP
                watering { seconds: 5400 }
                planted { seconds: 1786896000 nanos: 500000000 }
                bed {
                  name: "north"
                  width: 3
                  inner { width: 1 }
                }
                beds { name: "a" }
                beds { name: "b" }
                tags: [ "x", "y z", "12" ]
                counts: [ 1, 2 ]
                kinds: [ FLOWER_KIND_ROSE, FLOWER_KIND_WILD_TULIP ]
                labels { key: "team" value: "a" }
                labels { key: "n" value: "5" }
                named_beds {
                  key: "south"
                  value { width: 4 }
                }
                river: "Thames"
                storage_bytes: 16777216
                password: "open sesame"
                maybe: 0
                pauses { seconds: 10 }
                pauses { nanos: 250000000 })pb"));
}

TEST(YamlToProto, LeavesAnEmptyFileEmpty) {
  EXPECT_THAT(Parsed(""), EqualsProto(""));
  EXPECT_THAT(Parsed("# nothing\n"), EqualsProto(""));
  EXPECT_THAT(Parsed("{}"), EqualsProto(""));
}

TEST(YamlToProto, TakesSectionsWithNothingInThemAsAbsent) {
  const Garden garden = Parsed("bed:\nbeds:\nlabels:\n");
  EXPECT_THAT(garden, EqualsProto(""));
  EXPECT_FALSE(garden.has_bed());
}

TEST(YamlToProto, TakesTheTextOfAStringAsItStands) {
  EXPECT_EQ(Parsed("name: 010").name(), "010");
  EXPECT_EQ(Parsed("name: 22:00").name(), "22:00");
  EXPECT_EQ(Parsed("name: yes").name(), "yes");
  EXPECT_EQ(Parsed("name: \"~\"").name(), "~");
  EXPECT_EQ(Parsed("name: \"\"").name(), "");
  EXPECT_EQ(Parsed("name: 花园").name(), "花园");
}

TEST(YamlToProto, CountsATimeBefore1970Forward) {
  EXPECT_THAT(Parsed("planted: 1969-12-31T23:59:59.25Z"),
              EqualsProto("planted { seconds: -1 nanos: 250000000 }"));
}

TEST(YamlToProto, ReportsEveryErrorWithItsLine) {
  EXPECT_THAT(
      Errors("open: yes\n"
             "smal: 3\n"
             "beds:\n"
             "  - name: a\n"
             "    width: wide\n"
             "  - nothing_like_it: 1\n"
             "kind: tulip\n"
             "watering: 30\n"),
      ElementsAre(
          "g.yaml:1: open: \"yes\" is not true or false",
          "g.yaml:2: smal: unknown key, did you mean \"small\"?",
          "g.yaml:5: beds[0].width: \"wide\" is not a whole decimal number",
          "g.yaml:6: beds[1].nothing_like_it: unknown key; allowed are name, width, inner",
          "g.yaml:7: kind: \"tulip\" is not one of rose, wild_tulip",
          "g.yaml:8: watering: \"30\" is not a length of time up to 100 years; write it like "
          "250ms, 30s, 1h30m or 24h"));
}

TEST(YamlToProto, RefusesDuplicateKeysAndNamesBothLines) {
  EXPECT_THAT(Errors("name: a\nopen: true\nname: b\n"),
              ElementsAre("g.yaml:3: name: is given twice, first in line 1"));
  EXPECT_THAT(Errors("labels:\n  a: 1\n  a: 2\n"),
              ElementsAre("g.yaml:3: labels.a: is given twice, first in line 2"));
  EXPECT_THAT(Errors("beds:\n- name: a\n  name: a\n"),
              ElementsAre("g.yaml:3: beds[0].name: is given twice, first in line 2"));
}

TEST(YamlToProto, TakesOnlyDecimalNumbersWithoutQuotes) {
  for (const char* wrong : {"010", "0x10", "0o10", "1e3", "1_000", "+1", " ", "1.0", "\"5\"", "--1",
                            "-", "1 2", "٣", "16MiB", "true"}) {
    EXPECT_EQ(Errors(std::string("small: ") + wrong).size(), 1u) << wrong;
  }
  EXPECT_THAT(Errors("small: \"5\""),
              ElementsAre("g.yaml:1: small: \"5\" is not a whole decimal number; it has to stand "
                          "without quotes"));
  EXPECT_EQ(Parsed("small: 0").small(), 0);
  EXPECT_EQ(Parsed("small: -0").small(), 0);
}

TEST(YamlToProto, RefusesNumbersThatDoNotFit) {
  EXPECT_THAT(Errors("small: 2147483648"),
              ElementsAre("g.yaml:1: small: \"2147483648\" is out of range; allowed are "
                          "-2147483648 to 2147483647"));
  EXPECT_EQ(Parsed("small: 2147483647").small(), 2147483647);
  EXPECT_EQ(Parsed("small: -2147483648").small(), -2147483648);
  EXPECT_EQ(Errors("small: -2147483649").size(), 1u);
  EXPECT_EQ(Errors("large: 9223372036854775808").size(), 1u);
  EXPECT_EQ(Parsed("large: -9223372036854775808").large(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Errors("small_unsigned: -1").size(), 1u);
  EXPECT_EQ(Errors("small_unsigned: 4294967296").size(), 1u);
  EXPECT_EQ(Errors("large_unsigned: -1").size(), 1u);
  EXPECT_EQ(Errors("large: 99999999999999999999999999").size(), 1u);
}

TEST(YamlToProto, TakesSizesWithUnits) {
  EXPECT_EQ(Parsed("storage_bytes: 5").storage_bytes(), 5);
  EXPECT_EQ(Parsed("storage_bytes: 64KiB").storage_bytes(), 65536);
  EXPECT_EQ(Parsed("storage_bytes_per_bed: 1MiB").storage_bytes_per_bed(), 1048576);
  EXPECT_EQ(Parsed("storage_bytes: 2 GiB").storage_bytes(), int64_t{2} << 30);
  EXPECT_EQ(Parsed("storage_bytes: 8589934591GiB").storage_bytes(), int64_t{8589934591} << 30);
  EXPECT_EQ(Errors("storage_bytes: 8589934592GiB").size(), 1u);
  EXPECT_EQ(Errors("storage_bytes: 64MB").size(), 1u);
  EXPECT_EQ(Errors("storage_bytes: 1.5GiB").size(), 1u);
  EXPECT_EQ(Errors("storage_bytes: MiB").size(), 1u);
  EXPECT_EQ(Errors("large: 64KiB").size(), 1u);
}

TEST(YamlToProto, TakesOnlyPlainDecimalFractions) {
  for (const char* wrong : {"inf", ".inf", "nan", ".5", "5.", "0x1p3", "1e3", "00.5", "1,5"}) {
    EXPECT_EQ(Errors(std::string("share: ") + wrong).size(), 1u) << wrong;
  }
  EXPECT_EQ(Parsed("share: 1").share(), 1.0);
  EXPECT_EQ(Parsed("share: 0.05").share(), 0.05);
}

TEST(YamlToProto, TakesOnlySensibleDurations) {
  for (const char* wrong : {"30", "-5s", "inf", "5 s", "1d", "1000000h", "soon", "\"\"", "[5s]"}) {
    EXPECT_EQ(Errors(std::string("watering: ") + wrong).size(), 1u) << wrong;
  }
  EXPECT_THAT(Parsed("watering: 0"), EqualsProto("watering {}"));
  EXPECT_THAT(Parsed("watering: \"1.5s\""),
              EqualsProto("watering { seconds: 1 nanos: 500000000 }"));
}

TEST(YamlToProto, TakesOnlyFullTimestamps) {
  for (const char* wrong :
       {"2026-08-16", "16:00", "infinite-future", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-08-16T16:00:00"}) {
    EXPECT_EQ(Errors(std::string("planted: ") + wrong).size(), 1u) << wrong;
  }
  EXPECT_THAT(Parsed("planted: 2026-08-17T00:00:00+08:00"),
              EqualsProto("planted { seconds: 1786896000 }"));
}

TEST(YamlToProto, RefusesTheWrongShape) {
  EXPECT_THAT(Errors("beds: {name: a}"),
              ElementsAre("g.yaml:1: beds: has to be a list, e.g. [a, b], not a map"));
  EXPECT_THAT(Errors("tags: x"),
              ElementsAre("g.yaml:1: tags: has to be a list, e.g. [a, b], not a single value"));
  EXPECT_THAT(Errors("bed: [x]"),
              ElementsAre("g.yaml:1: bed: has to be a map of keys and values, not a list"));
  EXPECT_THAT(
      Errors("labels: x"),
      ElementsAre("g.yaml:1: labels: has to be a map of keys and values, not a single value"));
  EXPECT_THAT(Errors("name: [x]"),
              ElementsAre("g.yaml:1: name: has to be a single value, not a list"));
  EXPECT_THAT(Errors("open: true\nname:\n"),
              ElementsAre("g.yaml:2: name: has to be a single value, not nothing"));
  EXPECT_THAT(
      Errors("watering:\n"),
      ElementsAre("g.yaml:1: watering: has to be a length of time such as 30s, not nothing"));
  EXPECT_THAT(Errors("- a\n"),
              ElementsAre("g.yaml:1: has to be a map of keys and values, not a list"));
}

TEST(YamlToProto, RefusesTwoMembersOfAChoice) {
  EXPECT_THAT(Errors("well: a\nriver: b\n"),
              ElementsAre("g.yaml:2: river: cannot be given together with \"well\": choose one of "
                          "them"));
}

TEST(YamlToProto, KnowsEnumValuesByTheirShortNameOnly) {
  EXPECT_THAT(Errors("kind: wild-tulip"),
              ElementsAre("g.yaml:1: kind: \"wild-tulip\" is not one of rose, wild_tulip, did you "
                          "mean \"wild_tulip\"?"));
  EXPECT_EQ(Errors("kind: FLOWER_KIND_ROSE").size(), 1u);
  EXPECT_EQ(Errors("kind: unspecified").size(), 1u);
  EXPECT_EQ(Errors("kind: 1").size(), 1u);
}

TEST(YamlToProto, TakesSecretsFromTheEnvironmentOnly) {
  EXPECT_EQ(Parsed("password: ${GARDEN_PASSWORD}").password(), "open sesame");
  EXPECT_THAT(Errors("password: ${ABSENT}"),
              ElementsAre("g.yaml:1: password: the environment variable ABSENT is not set"));
  EXPECT_THAT(Errors("password: ${EMPTY}"),
              ElementsAre("g.yaml:1: password: the environment variable EMPTY is empty"));
  for (const char* wrong :
       {"hunter2", "${}", "${1A}", "x${GARDEN_PASSWORD}", "${GARDEN-PASSWORD}"}) {
    EXPECT_THAT(Errors(std::string("password: \"") + wrong + "\""),
                ElementsAre(HasSubstr("is a secret, which does not belong into a file")))
        << wrong;
  }
}

TEST(YamlToProto, KeepsSecretsOutOfErrors) {
  EXPECT_THAT(Errors("password: sk-12345")[0], Not(HasSubstr("sk-12345")));
  EXPECT_THAT(Errors("pasword: sk-12345")[0], Not(HasSubstr("sk-12345")));
  EXPECT_THAT(Errors("bed: sk-12345")[0], Not(HasSubstr("sk-12345")));
}

TEST(YamlToProto, AllowsNoVariablesElsewhere) {
  EXPECT_THAT(Errors("name: ${GARDEN_PASSWORD}"),
              ElementsAre(HasSubstr("environment variables are only allowed for secrets")));
  EXPECT_EQ(Errors("tags: [\"a${X}\"]").size(), 1u);
  EXPECT_EQ(Parsed("name: $5 {x}").name(), "$5 {x}");
}

TEST(YamlToProto, NamesFieldsThatYamlCannotGive) {
  EXPECT_THAT(Errors("blob: x"),
              ElementsAre("g.yaml:1: blob: cannot be given in YAML: it holds bytes"));
  EXPECT_THAT(Errors("numbered: {1: a}"),
              ElementsAre("g.yaml:1: numbered: cannot be given in YAML: its keys are not text"));
}

TEST(YamlToProto, FillsWhatIsRightAndKeepsThePlacesOfWrongItems) {
  YamlSource source("g.yaml");
  Garden garden;
  YamlToProto("name: a\nsmall: x\ncounts: [1, x, 3]\ntags: [a, [b], c]\nbeds: [5, {name: b}]\n",
              Options(), &source, &garden);
  EXPECT_EQ(garden.name(), "a");
  EXPECT_THAT(garden.counts(), ElementsAre(1, 0, 3));
  ASSERT_EQ(garden.beds_size(), 2);
  EXPECT_EQ(garden.beds(1).name(), "b");
  ASSERT_EQ(garden.tags_size(), 3);
  EXPECT_EQ(garden.tags(2), "c");
  EXPECT_FALSE(source.ok());
}

TEST(YamlToProto, RemembersTheLineOfEveryValue) {
  YamlSource source("g.yaml");
  Garden garden;
  YamlToProto(
      "name: a\nbeds:\n  - name: x\n    inner:\n      width: 3\n  - name: y\nlabels:\n  k: v\n",
      Options(), &source, &garden);
  EXPECT_EQ(source.LineOf("beds"), 2);
  EXPECT_EQ(source.LineOf("beds[0]"), 3);
  EXPECT_EQ(source.LineOf("beds[0].inner.width"), 5);
  EXPECT_EQ(source.LineOf("beds[1].width"), 6);  // Not there: its parent's.
  EXPECT_EQ(source.LineOf("labels.k"), 8);
}

TEST(YamlToProto, DoesNotReportAMisspeltKeyAlsoAsMissing) {
  YamlSource source("g.yaml");
  Garden garden;
  YamlToProto("beds:\n  - nmae: x\n", Options(), &source, &garden);
  source.AddError("beds[0].name", "is missing");
  EXPECT_EQ(source.status().message(),
            "g.yaml:2: beds[0].nmae: unknown key, did you mean \"name\"?");
}

}  // namespace
}  // namespace lull
