#include "server/api/job_filter_text.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

JobFilter Parsed(absl::string_view text) {
  const absl::StatusOr<JobFilter> filter = ParseJobFilter(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() ? *filter : JobFilter();
}

std::string ErrorOf(absl::string_view text) {
  const absl::StatusOr<JobFilter> filter = ParseJobFilter(text);
  EXPECT_TRUE(absl::IsInvalidArgument(filter.status())) << text;
  return std::string(filter.status().message());
}

absl::Time At(absl::string_view text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr));
  return time;
}

TEST(JobFilterText, AnEmptyFilterMeansAllJobs) {
  EXPECT_EQ(Parsed(""), JobFilter());
  EXPECT_EQ(Parsed(" \t\r\n "), JobFilter());
  EXPECT_EQ(JobFilterText(JobFilter()), "");
}

TEST(JobFilterText, ReadsTheExampleOfTheApi) {
  const JobFilter filter = Parsed(
      "state = FAILED AND class = \"batch\" AND labels.team = \"a\" AND\n"
      "  create_time > \"2026-01-31T00:00:00Z\"");
  JobFilter expected;
  expected.states = JobFilter::Bit(JobState::kFailed);
  expected.class_is = {"batch"};
  expected.label_is = {{"team", "a"}};
  expected.created_from = At("2026-01-31T00:00:00.000001Z");
  EXPECT_EQ(filter, expected);
}

TEST(JobFilterText, StatesMayHaveTheirPrefixOrNot) {
  EXPECT_EQ(Parsed("state=JOB_STATE_RUNNING"), Parsed("state = RUNNING"));
  EXPECT_EQ(Parsed("state!=SUCCEEDED").states,
            JobFilter::kAllStates & ~JobFilter::Bit(JobState::kSucceeded));
  EXPECT_EQ(Parsed("state != PENDING AND state != 'FAILED'").states,
            JobFilter::kAllStates & ~JobFilter::Bit(JobState::kPending) &
                ~JobFilter::Bit(JobState::kFailed));
}

TEST(JobFilterText, ContradictionsAreLegalAndMatchNothing) {
  EXPECT_EQ(Parsed("state = FAILED AND state = PENDING").states, 0u);
  const std::string text = JobFilterText(Parsed("state = FAILED AND state != FAILED"));
  EXPECT_EQ(Parsed(text).states, 0u);
  const JobFilter classes = Parsed("class = a AND class = b");
  EXPECT_EQ(classes.class_is, (std::vector<std::string>{"a", "b"}));
  const JobFilter times =
      Parsed("create_time < 2026-01-01T00:00:00Z AND create_time > 2026-02-01T00:00:00Z");
  EXPECT_GT(times.created_from, times.created_until);
}

TEST(JobFilterText, LabelsHaveKeysOfEveryAllowedCharacter) {
  const JobFilter filter = Parsed("labels.a.b-c_d/E9 = x AND labels.team != \"\"");
  EXPECT_EQ(filter.label_is, (Labels{{"a.b-c_d/E9", "x"}}));
  EXPECT_EQ(filter.label_is_not, (Labels{{"team", ""}}));
}

TEST(JobFilterText, QuotesKeepWhatStandsInThem) {
  EXPECT_EQ(Parsed(R"(class = "a \"b\" \\ AND 'c'")").class_is[0], R"(a "b" \ AND 'c')");
  EXPECT_EQ(Parsed(R"(class = 'a "b" \'c\'')").class_is[0], R"(a "b" 'c')");
  EXPECT_EQ(Parsed("class = \"Grüße\"").class_is[0], "Grüße");
}

TEST(JobFilterText, TimesAreComparedInTheStoresMicroseconds) {
  const absl::Time time = At("2026-01-31T00:00:00.5Z");
  const absl::Duration step = absl::Microseconds(1);
  const std::string exact = "\"2026-01-31T01:00:00.5+01:00\"";
  EXPECT_EQ(Parsed("create_time >= " + exact).created_from, time);
  EXPECT_EQ(Parsed("create_time > " + exact).created_from, time + step);
  EXPECT_EQ(Parsed("create_time < " + exact).created_until, time);
  EXPECT_EQ(Parsed("create_time <= " + exact).created_until, time + step);
  EXPECT_EQ(Parsed("create_time = " + exact).created_from, time);
  EXPECT_EQ(Parsed("create_time = " + exact).created_until, time + step);

  const std::string between = "2026-01-31T00:00:00.5000003Z";
  EXPECT_EQ(Parsed("create_time >= " + between).created_from, time + step);
  EXPECT_EQ(Parsed("create_time > " + between).created_from, time + step);
  EXPECT_EQ(Parsed("create_time < " + between).created_until, time + step);
  EXPECT_EQ(Parsed("create_time <= " + between).created_until, time + step);
  const JobFilter never = Parsed("create_time = " + between);
  EXPECT_GE(never.created_from, never.created_until);
}

TEST(JobFilterText, OneSpellingForOneMeaning) {
  EXPECT_EQ(JobFilterText(Parsed("class=b AND labels.x=y AND class=a AND class=b")),
            JobFilterText(Parsed("labels.x = \"y\" AND class = 'a' AND class = \"b\"")));
  EXPECT_EQ(JobFilterText(Parsed("state=FAILED")), "state = FAILED");
}

struct Wrong {
  const char* text;
  const char* message;
};

TEST(JobFilterText, SaysWhereWhatIsWrongAndWhatIsAllowed) {
  const Wrong wrongs[] = {
      {"stat = FAILED",
       "in column 1: found \"stat\"; the fields are state, class, batch, labels.KEY and "
       "create_time"},
      {"state = FALSE",
       "in column 9: found \"FALSE\"; the states are PENDING, RUNNING, CANCELLING, SUCCEEDED, "
       "FAILED, CANCELLED, EXPIRED"},
      {"state = JOB_STATE_UNSPECIFIED", "in column 9: found \"JOB_STATE_UNSPECIFIED\""},
      {"state = failed", "in column 9: found \"failed\""},
      {"state > FAILED", "in column 7: found \">\"; the field is compared by = !="},
      {"state : FAILED", "in column 7: found \":\"; the field is compared by = !="},
      {"state FAILED", "in column 7: found \"FAILED\"; the field is compared by = !="},
      {"state", "in column 6: the filter ends; the field is compared by = !="},
      {"state =", "in column 8: the filter ends; a value is expected"},
      {"class = )", "in column 9: found \")\"; a value is expected"},
      {"class = \"a", "in column 9: found a quote that is not closed"},
      {"class = 'a\\", "in column 9: found a quote that is not closed"},
      {"class = a OR class = b",
       "in column 11: found \"OR\"; only AND, in capitals, may follow a comparison"},
      {"class = a and class = b", "in column 11: found \"and\"; only AND, in capitals"},
      {"class = a class = b", "in column 11: found \"class\"; only AND, in capitals"},
      {"class = \"ä\" ß", "in column 13: found \"\\xc3\\x9f\"; only AND, in capitals"},
      {"class = a AND", "in column 14: the filter ends; a comparison has to follow AND"},
      {"AND class = a", "in column 1: found \"AND\"; the fields are"},
      {"NOT state = FAILED", "in column 1: found \"NOT\"; the fields are"},
      {"(state = FAILED)", "in column 1: found \"(\"; the fields are"},
      {"batch = 7", "in column 1: found \"batch\"; this version of the server has no batches"},
      {"labels = a", "in column 1: found \"labels\"; the fields are"},
      {"labels. = a", "in column 1: the key of the label is \"\" (0 characters); from 1 to 63"},
      {"labels.a < b", "in column 10: found \"<\"; the field is compared by = !="},
      {"create_time != 2026-01-31T00:00:00Z",
       "in column 13: found \"!=\"; the field is compared by = < <= > >="},
      {"create_time > yesterday", "in column 15: found \"yesterday\"; a time is expected"},
      {"create_time > 2026-01-31", "in column 15: found \"2026-01-31\"; a time is expected"},
      {"create_time > infinite-past", "a time is expected"},
      {"create_time > \"2026-02-30T00:00:00Z\"", "a time is expected"},
      {"create_time > \"2026-01-31T00:00:00\"", "a time is expected"},
      {"create_time > \" 2026-01-31T00:00:00Z\"", "a time is expected"},
      {"create_time > 9999-12-31T00:00:00Z", "times of the years 1 to 9998 are allowed"},
      {"class = \"\xff\"", "is not UTF-8"},
  };
  for (const Wrong& wrong : wrongs) {
    EXPECT_TRUE(absl::StrContains(ErrorOf(wrong.text), wrong.message))
        << wrong.text << "\n  gave: " << ErrorOf(wrong.text);
  }
}

TEST(JobFilterText, LengthAndComparisonsAreBounded) {
  std::vector<std::string> comparisons(kMaxFilterComparisons, "class != a");
  EXPECT_TRUE(ParseJobFilter(absl::StrJoin(comparisons, " AND ")).ok());
  comparisons.push_back("class = b");
  EXPECT_TRUE(absl::StrContains(ErrorOf(absl::StrJoin(comparisons, " AND ")),
                                "begins comparison 17; at most 16 are allowed"));
  // In characters, not in bytes.
  std::string longest = "class = \"";
  for (size_t i = longest.size() + 1; i < kMaxFilterCharacters; ++i) longest += "ü";
  EXPECT_TRUE(ParseJobFilter(longest + "\"").ok());
  EXPECT_EQ(ErrorOf(longest + "\" "), "has 2001 characters; at most 2000 are allowed");
}

// ---- properties

class RandomFilter {
 public:
  explicit RandomFilter(uint32_t seed) : random_(seed) {}

  std::string Text() {
    std::vector<std::string> comparisons(random_() % 8);
    for (std::string& comparison : comparisons) comparison = Comparison();
    return absl::StrJoin(comparisons, " AND ");
  }

 private:
  std::string Pick(std::vector<std::string> from) { return from[random_() % from.size()]; }

  std::string Comparison() {
    const std::string equal = Pick({"=", " != ", "!=", " = "});
    switch (random_() % 4) {
      case 0:
        return absl::StrCat("state", equal,
                            Pick({"PENDING", "JOB_STATE_RUNNING", "CANCELLING", "\"SUCCEEDED\"",
                                  "FAILED", "'JOB_STATE_CANCELLED'", "EXPIRED"}));
      case 1:
        return absl::StrCat("class", equal, Value());
      case 2:
        return absl::StrCat("labels.", Pick({"a", "b/c", "d.e", "_", "-"}), equal, Value());
      default:
        return absl::StrCat("create_time", Pick({"=", "<", " <=", ">", ">= "}), Time());
    }
  }

  std::string Value() {
    return Pick({"a", "b-c:d+e", "\"\"", "\"a \\\" b\"", "'\\\\'", "\"ü\"", "'AND'", "\"\\n\""});
  }

  std::string Time() {
    return absl::StrCat("\"", 1000 + random_() % 8000, "-0", 1 + random_() % 9, "-11T0",
                        random_() % 10, ":59:60", Pick({"", ".5", ".123456", ".1234567"}),
                        Pick({"Z", "+01:00", "-23:59"}), "\"");
  }

  std::mt19937 random_;
};

TEST(JobFilterText, PrintingAndParsingGivesTheFilterBack) {
  for (uint32_t seed = 0; seed < 5000; ++seed) {
    const std::string text = RandomFilter(seed).Text();
    const JobFilter filter = Parsed(text);
    const std::string printed = JobFilterText(filter);
    EXPECT_EQ(Parsed(printed), filter) << text << "\n" << printed;
    EXPECT_EQ(JobFilterText(Parsed(printed)), printed);
  }
}

TEST(JobFilterText, BrokenTextsAreRefusedWithAColumnInThem) {
  std::mt19937 random(1);
  int refused = 0;
  for (uint32_t seed = 0; seed < 20'000; ++seed) {
    std::string text = RandomFilter(seed).Text();
    for (int changes = static_cast<int>(random() % 4); changes >= 0 && !text.empty(); --changes) {
      const size_t place = random() % text.size();
      if (random() % 2 == 0) {
        text[place] = static_cast<char>(random());
      } else {
        text.erase(place, random() % 5);
      }
    }
    const absl::StatusOr<JobFilter> filter = ParseJobFilter(text);
    if (filter.ok()) {
      EXPECT_EQ(Parsed(JobFilterText(*filter)), *filter) << text;
      continue;
    }
    ++refused;
    EXPECT_TRUE(absl::IsInvalidArgument(filter.status()));
    EXPECT_TRUE(absl::StrContains(filter.status().message(), "in column ") ||
                filter.status().message() == "is not UTF-8")
        << filter.status();
    EXPECT_TRUE(std::all_of(filter.status().message().begin(), filter.status().message().end(),
                            [](char c) { return absl::ascii_isascii(c); }) ||
                absl::StrContains(filter.status().message(), "…"));
  }
  EXPECT_GT(refused, 5000);
}

}  // namespace
}  // namespace lull
