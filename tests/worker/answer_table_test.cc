// What the worker makes of every answer in the table, called over real sockets, whole and streamed;
// and that docs/answers.md says just that.
#include "tests/worker/answer_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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
  } else {
    // A date has whole seconds, and time passes.
    EXPECT_GT(hint, row.retry_after - absl::Seconds(2));
    EXPECT_LE(hint, row.retry_after + absl::Seconds(1));
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
        upstream_->Call({row.script, GetParam().streamed, row.path, row.then == Then::kCancelled});
    const v1::AttemptResult& result = called.result;
    EXPECT_EQ(Text({result.outcome(), result.billed()}), Text(expected))
        << result.error().message();
    const bool by_gateway = GetParam().via == BusyUpstream::Via::kHttp2 && row.gateway;
    EXPECT_TRUE(by_gateway || absl::StrContains(result.error().message(), row.error))
        << result.error().message();
    EXPECT_FALSE(absl::StrContains(result.DebugString(), kBusyKey));
    EXPECT_EQ(called.requests, DeadEnds::Has(row.script) ? 0 : 1) << "as counted by the upstream";
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

// "`BUSY`" or "`INVALID_RESPONSE`, streamed `TRUNCATED`" → the names for both.
std::vector<std::string> NamesIn(absl::string_view cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  if (parts.size() == 3) return {parts[1], parts[1]};
  if (parts.size() == 5) return {parts[1], parts[3]};
  ADD_FAILURE() << "not one or two names: " << cell;
  return {"", ""};
}

TEST(AnswersPageTest, SaysOfEveryRowWhatTheTestSays) {
  std::map<std::string, const AnswerRow*> missing;
  for (const AnswerRow& row : AnswerTable()) {
    EXPECT_TRUE(missing.emplace(row.name, &row).second) << row.name << " is there twice";
  }
  std::ifstream page("docs/answers.md");
  ASSERT_TRUE(page.is_open());
  std::string line;
  while (std::getline(page, line)) {
    if (!absl::StartsWith(line, "| `")) continue;
    std::vector<std::string> cells = absl::StrSplit(line, '|');
    ASSERT_EQ(cells.size(), 7u) << line;
    const std::string name = NamesIn(cells[1])[0];
    const auto found = missing.find(name);
    if (found == missing.end()) {
      ADD_FAILURE() << "no test row for the page's row \"" << name << "\"";
      continue;
    }
    const AnswerRow& row = *found->second;
    const std::vector<std::string> outcomes = NamesIn(cells[3]);
    const std::vector<std::string> billed = NamesIn(cells[4]);
    EXPECT_EQ("OUTCOME_" + outcomes[0], v1::Outcome_Name(row.plain.outcome)) << name;
    EXPECT_EQ("OUTCOME_" + outcomes[1], v1::Outcome_Name(row.streamed.outcome)) << name;
    EXPECT_EQ("BILLED_" + billed[0], v1::Billed_Name(row.plain.billed)) << name;
    EXPECT_EQ("BILLED_" + billed[1], v1::Billed_Name(row.streamed.billed)) << name;
    EXPECT_EQ(absl::StripAsciiWhitespace(cells[5]), NameOf(row.then)) << name;
    missing.erase(found);
  }
  for (const auto& [name, row] : missing) ADD_FAILURE() << "not on the page: " << name;
}

}  // namespace
}  // namespace lull
