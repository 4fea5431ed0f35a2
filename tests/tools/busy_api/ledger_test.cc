#include "tools/busy_api/ledger.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

LedgerCall Received(const std::string& request_id) {
  LedgerCall call;
  call.time = absl::FromUnixMicros(1'767'571'200'000'001);
  call.request_id = request_id;
  return call;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(LedgerTest, LinesAreInTheFileAsSoonAsTheCallReturns) {
  const std::string path = ::testing::TempDir() + "/lines.jsonl";
  std::remove(path.c_str());
  auto ledger = Ledger::Open(path, 10);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  EXPECT_EQ((*ledger)->Received(Received("a\"b\n")), 1u);
  const std::string first = ReadFile(path);
  EXPECT_TRUE(absl::StartsWith(
      first, R"({"event":"received","call":1,"time":"2026-01-05T00:00:00.000001Z",)"))
      << first;
  EXPECT_TRUE(absl::StrContains(first, R"("request_id":"a\"b\n")"));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 1);
  LedgerEnd end;
  end.outcome = "answered";
  end.status = 200;
  end.billed = true;
  (*ledger)->Ended(1, end);
  EXPECT_TRUE(absl::StrContains(ReadFile(path).substr(first.size()),
                                R"({"event":"ended","call":1,"outcome":"answered",)"));
}

TEST(LedgerTest, AppendsToAFileThatIsThere) {
  const std::string path = ::testing::TempDir() + "/append.jsonl";
  (*Ledger::Open(path, 10))->Received(Received("one"));
  (*Ledger::Open(path, 10))->Received(Received("two"));
  const std::string text = ReadFile(path);
  EXPECT_TRUE(absl::StrContains(text, "one"));
  EXPECT_TRUE(absl::StrContains(text, "two"));
}

TEST(LedgerTest, PagesThroughTheNewestCalls) {
  auto ledger = *Ledger::Open("", 3);
  for (int i = 1; i <= 5; ++i) ledger->Received(Received(absl::StrCat("r", i)));
  const std::string all = ledger->JsonAfter(0, 100);
  EXPECT_FALSE(absl::StrContains(all, "\"r2\"")) << "only three are kept";
  EXPECT_TRUE(absl::StrContains(all, "\"r3\""));
  EXPECT_TRUE(absl::EndsWith(all, "],\"next\":5}\n")) << all;
  const std::string page = ledger->JsonAfter(3, 1);
  EXPECT_TRUE(absl::StrContains(page, "\"r4\""));
  EXPECT_FALSE(absl::StrContains(page, "\"r5\""));
  EXPECT_TRUE(absl::EndsWith(page, "],\"next\":4}\n")) << page;
  EXPECT_EQ(ledger->JsonAfter(5, 10), "{\"calls\":[],\"next\":5}\n");
  EXPECT_EQ(ledger->JsonAfter(99, 10), "{\"calls\":[],\"next\":99}\n");
  ledger->Ended(1, {});  // forgotten: nothing to note in memory
  ledger->Ended(4, {});
  EXPECT_TRUE(absl::StrContains(ledger->JsonAfter(3, 1), "\"outcome\""));
}

TEST(LedgerTest, UnwritableFileIsAnError) {
  const auto ledger = Ledger::Open("/no/such/folder/ledger", 1);
  EXPECT_EQ(ledger.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(ledger.status().message(), "/no/such/folder/ledger"));
}

TEST(LedgerTest, LostLinesAreCounted) {
  auto ledger = Ledger::Open("/dev/full", 1);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  (*ledger)->Received(Received("x"));
  EXPECT_EQ((*ledger)->lost_lines(), 1);
}

}  // namespace
}  // namespace lull
