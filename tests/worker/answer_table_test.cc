// What the worker makes of every answer in the table, called over real sockets, whole and streamed;
// and that docs/answers.md says just that.
#include "tests/worker/answer_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "tests/worker/busy_upstream.h"
#include "tests/worker/dead_ends.h"
#include "worker/classify_answer.h"

namespace lull {
namespace {

std::string Text(const AnswerEnd& end) {
  return absl::StrCat(v1::Outcome_Name(end.outcome), " ", v1::Billed_Name(end.billed));
}

void CheckHint(const AnswerRow& row, const v1::AttemptResult& result) {
  const bool expected = row.retry_after < absl::InfiniteDuration();
  ASSERT_EQ(result.has_retry_after(), expected);
  if (!expected) return;
  const absl::Duration hint = absl::Seconds(result.retry_after().seconds()) +
                              absl::Nanoseconds(result.retry_after().nanos());
  if (row.retry_after == absl::ZeroDuration()) {
    EXPECT_GE(hint, absl::Seconds(45));
    EXPECT_LE(hint, absl::Hours(25));
  } else if (IsTimeOfDay(row)) {
    // It has whole seconds, and time passes.
    EXPECT_GT(hint, row.retry_after - absl::Seconds(2));
    EXPECT_LE(hint, row.retry_after + absl::Seconds(1));
  } else {
    EXPECT_EQ(hint, row.retry_after);
  }
}

struct Way {
  bool streamed;
  BusyUpstream::Via via;
};

class AnswerTableTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (GetParam().via == BusyUpstream::Via::kHttp2 && !NginxFront::IsInstalled()) {
      GTEST_SKIP() << "nginx is missing: HTTP/2 is not tested";
    }
    upstream_ = std::make_unique<BusyUpstream>(GetParam().via);
  }

  static AnswerEnd Expected(const AnswerRow& row) {
    if (GetParam().via == BusyUpstream::Via::kHttp2 && row.gateway) return *row.gateway;
    return GetParam().streamed ? row.streamed : row.plain;
  }

  void Check(const AnswerRow& row) {
    SCOPED_TRACE(row.name);
    const AnswerEnd expected = Expected(row);
    const BusyUpstream::Called called =
        upstream_->Call({.script = row.script,
                         .stream = GetParam().streamed,
                         .path = row.path,
                         .cancel = row.then == Then::kCancelled,
                         .runs_out_of_time = expected.outcome == v1::OUTCOME_TIMEOUT});
    const v1::AttemptResult& result = called.result;
    EXPECT_EQ(Text({result.outcome(), result.billed()}), Text(expected))
        << result.error().message();
    const bool by_gateway = GetParam().via == BusyUpstream::Via::kHttp2 && row.gateway;
    EXPECT_TRUE(by_gateway || absl::StrContains(result.error().message(), row.error))
        << result.error().message();
    EXPECT_FALSE(absl::StrContains(result.DebugString(), kBusyKey));
    const bool is_heard_of = !DeadEnds::Has(row.script) || DeadEnds::Hears(row.script);
    EXPECT_EQ(called.requests, is_heard_of ? 1 : 0) << "as counted by the upstream";
    CheckHint(row, result);
    EXPECT_EQ(result.has_should_retry(), absl::StartsWith(row.name, "x-should-retry"));
    EXPECT_EQ(result.learned_concurrency_cap(),
              std::string(row.name) == "429 concurrency" ? 39 : 0);
    if (expected.outcome == v1::OUTCOME_SUCCEEDED) CheckAnswer(row, called);
  }

  void CheckAnswer(const AnswerRow& row, const BusyUpstream::Called& called) {
    const v1::AttemptResult& result = called.result;
    EXPECT_EQ(result.response().finish_reason(), row.finish_reason);
    EXPECT_EQ(result.has_usage(), std::string(row.script) != "no_usage");
    if (result.has_usage()) {
      EXPECT_GT(result.usage().prompt_tokens(), 64);
    }
    if (std::string(row.path) == kEmbeddingsPath) return CheckEmbedding(called);
    EXPECT_TRUE(absl::StrContains(result.response().body(), called.content_hash))
        << result.response().body();
    if (result.has_usage()) {
      EXPECT_GT(result.usage().completion_tokens(), 0);
    }
    if (!row.usage) return;
    EXPECT_EQ(result.usage().cached_prompt_tokens(), row.usage->cached);
    EXPECT_EQ(result.usage().completion_tokens(), row.usage->completion);
    EXPECT_EQ(result.usage().reasoning_tokens(), row.usage->reasoning);
  }

  // Its numbers are made of the bytes of the input's hash.
  void CheckEmbedding(const BusyUpstream::Called& called) {
    const auto body =
        nlohmann::json::parse(called.result.response().body(), nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(body.is_object()) << called.result.response().body();
    ASSERT_EQ(body["data"].size(), 1u);
    const std::string digest = absl::HexStringToBytes(called.content_hash);
    for (size_t i = 0; i < digest.size(); ++i) {
      const double byte = static_cast<unsigned char>(digest[i]);
      EXPECT_NEAR(body["data"][0]["embedding"][i].get<double>(), byte / 127.5 - 1, 1e-6);
    }
    EXPECT_EQ(called.result.usage().completion_tokens(), 0);
  }

  std::unique_ptr<BusyUpstream> upstream_;
};

TEST_P(AnswerTableTest, EveryRow) {
  for (const AnswerRow& row : AnswerTable()) Check(row);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, AnswerTableTest,
    testing::Values(Way{false, BusyUpstream::Via::kHttp11}, Way{true, BusyUpstream::Via::kHttp11},
                    Way{false, BusyUpstream::Via::kHttp2}, Way{true, BusyUpstream::Via::kHttp2}),
    [](const testing::TestParamInfo<Way>& info) {
      return absl::StrCat(info.param.streamed ? "Streamed" : "Whole",
                          info.param.via == BusyUpstream::Via::kHttp2 ? "Http2" : "Http11");
    });

constexpr absl::string_view kPageColumns[] = {"Case", "The upstream answers", "Outcome", "Billed",
                                              "Then"};

struct PageRow {
  std::string name;
  std::vector<std::string> outcomes, billed;  // of whole and of streamed calls
  std::string then;
};

// "`BUSY`" or "`INVALID_RESPONSE`, streamed `TRUNCATED`" → the names for both; empty for anything
// else.
std::vector<std::string> NamesIn(absl::string_view cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  if (parts.size() == 3) return {parts[1], parts[1]};
  if (parts.size() == 5) return {parts[1], parts[3]};
  return {};
}

bool IsHeadOrRule(const std::vector<std::string>& cells) {
  if (std::equal(cells.begin(), cells.end(), std::begin(kPageColumns), std::end(kPageColumns))) {
    return true;
  }
  return std::all_of(cells.begin(), cells.end(),
                     [](const std::string& cell) { return cell == "---"; });
}

// The rows of the page's tables. Every line with a column line in it is one, however it begins;
// those that do not read as a row should are returned in `odd`.
std::vector<PageRow> ReadPage(std::istream& page, std::vector<std::string>& odd) {
  std::vector<PageRow> rows;
  for (std::string line; std::getline(page, line);) {
    if (!absl::StrContains(line, '|')) continue;
    absl::string_view inner = absl::StripAsciiWhitespace(line);
    absl::ConsumePrefix(&inner, "|");
    absl::ConsumeSuffix(&inner, "|");
    std::vector<std::string> cells = absl::StrSplit(inner, '|');
    for (std::string& cell : cells) absl::StripAsciiWhitespace(&cell);
    if (IsHeadOrRule(cells)) continue;
    const bool is_row = cells.size() == std::size(kPageColumns) && NamesIn(cells[0]).size() == 2 &&
                        cells[0].front() == '`' && NamesIn(cells[2]).size() == 2 &&
                        NamesIn(cells[3]).size() == 2;
    if (is_row) {
      rows.push_back({NamesIn(cells[0])[0], NamesIn(cells[2]), NamesIn(cells[3]), cells[4]});
    } else {
      odd.push_back(line);
    }
  }
  return rows;
}

TEST(AnswersPageTest, SaysOfEveryRowWhatTheTestSays) {
  std::map<std::string, const AnswerRow*> missing;
  for (const AnswerRow& row : AnswerTable()) {
    EXPECT_TRUE(missing.emplace(row.name, &row).second) << row.name << " is there twice";
  }
  std::ifstream page("docs/answers.md");
  ASSERT_TRUE(page.is_open());
  std::vector<std::string> odd;
  for (const PageRow& said : ReadPage(page, odd)) {
    const auto found = missing.find(said.name);
    if (found == missing.end()) {
      ADD_FAILURE() << "no test row for the page's row \"" << said.name << "\"";
      continue;
    }
    const AnswerRow& row = *found->second;
    EXPECT_EQ("OUTCOME_" + said.outcomes[0], v1::Outcome_Name(row.plain.outcome)) << said.name;
    EXPECT_EQ("OUTCOME_" + said.outcomes[1], v1::Outcome_Name(row.streamed.outcome)) << said.name;
    EXPECT_EQ("BILLED_" + said.billed[0], v1::Billed_Name(row.plain.billed)) << said.name;
    EXPECT_EQ("BILLED_" + said.billed[1], v1::Billed_Name(row.streamed.billed)) << said.name;
    EXPECT_EQ(said.then, NameOf(row.then)) << said.name;
    missing.erase(found);
  }
  for (const auto& [name, row] : missing) ADD_FAILURE() << "not on the page: " << name;
  for (const std::string& line : odd) ADD_FAILURE() << "not a row as the others: " << line;
}

TEST(AnswersPageTest, NoLineWithColumnsIsPassedOver) {
  const std::string good = "`a` | what | `BUSY` | `NO` | again";
  for (const std::string& row : {"| " + good + " |", "|" + good + "|", "  |  " + good, good}) {
    std::stringstream page(
        absl::StrCat("Text.\n\n| Case | The upstream answers | Outcome | Billed ",
                     "| Then |\n|---|---|---|---|---|\n", row, "\n"));
    std::vector<std::string> odd;
    const std::vector<PageRow> rows = ReadPage(page, odd);
    ASSERT_EQ(rows.size(), 1u) << row;
    EXPECT_EQ(rows[0].name, "a");
    EXPECT_EQ(rows[0].then, "again");
    EXPECT_TRUE(odd.empty());
  }
  for (const char* row :
       {"| **new** | what | `BUSY` | `NO` | again |", "| new | what | `BUSY` |",
        "| see `a` | what | `BUSY` | `NO` | again |", "| `a` | what | busy | `NO` | again |"}) {
    std::stringstream page(row);
    std::vector<std::string> odd;
    EXPECT_TRUE(ReadPage(page, odd).empty()) << row;
    EXPECT_EQ(odd, std::vector<std::string>{row});
  }
}

}  // namespace
}  // namespace lull
