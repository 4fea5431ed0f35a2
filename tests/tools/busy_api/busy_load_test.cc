// What makes the provider busy, over real sockets: slots, waiting lines, other customers, accounts,
// regions, chance and money.

#include <map>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/tools/busy_api/busy_client.h"

namespace lull {
namespace {

using nlohmann::json;

// Opens a call and waits until the provider has it.
std::unique_ptr<SocketClient> Open(BusyClient& busy, const std::string& body,
                                   const HttpHeaders& headers = {}) {
  const int before = busy.Get("/busy/stats")["calls"];
  auto client = std::make_unique<SocketClient>(busy.port());
  client->SendRequest("POST", "/v1/chat/completions", body, headers);
  while (busy.Get("/busy/stats")["calls"] == before) {
  }
  return client;
}

BusyServerOptions OneSlowSlot() {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.slots = 1;
  options.settings.latency_ms = 3600e3;
  return options;
}

TEST(BusyLoadTest, RefusalsMixStatusesAndHints) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.slots = 0;
  options.settings.refuse_status = "429:1,503:1,529:1,498:1";
  options.settings.refuse_hint = "none:1,retry_after_s:1";
  options.settings.refuse_hint_s = 7;
  BusyClient busy(options);
  std::set<int> statuses;
  std::set<std::string> hints;
  for (int i = 0; i < 100; ++i) {
    const auto answer = busy.Chat(BusyClient::ChatBody(absl::StrCat("call ", i)));
    statuses.insert(answer.status);
    const std::string* hint = answer.headers.Find("retry-after");
    hints.insert(hint == nullptr ? "none" : *hint);
  }
  EXPECT_EQ(statuses, (std::set<int>{429, 498, 503, 529}));
  EXPECT_EQ(hints, (std::set<std::string>{"7", "none"}));
}

TEST(BusyLoadTest, WaitingCallsGetKeepAlivesAndAreServedInTheirOrder) {
  BusyServerOptions options = OneSlowSlot();
  options.settings.when_full = "queue";
  options.settings.keep_alive_s = 0.005;
  BusyClient busy(options);
  auto first = Open(busy, BusyClient::ChatBody("first"));
  auto second = Open(busy, BusyClient::ChatBody("second"));
  auto third = Open(busy, BusyClient::ChatBody("third", {{"stream", true}}));
  EXPECT_EQ(busy.Get("/busy/stats")["waiting"], 2);
  std::string read;
  ASSERT_TRUE(second->ReadUntil("\r\n\r\n1\r\n\n\r\n", &read)) << read;
  EXPECT_TRUE(absl::StartsWith(read, "HTTP/1.1 200"));
  ASSERT_TRUE(third->ReadUntil(": keep-alive\n\n", &read)) << read;

  busy.Post("/busy/settings", {{"latency_ms", 0}, {"finish_abandoned", false}});
  first->Close();
  ASSERT_TRUE(second->ReadUntil("\"finish_reason\":\"stop\"", &read));
  ASSERT_TRUE(third->ReadUntil("[DONE]", &read));
  const std::vector<json> calls = busy.Ledger();
  EXPECT_EQ(calls[0]["outcome"], "client_gone");
  EXPECT_EQ(calls[1]["outcome"], "answered");
  EXPECT_EQ(calls[2]["outcome"], "answered");
}

TEST(BusyLoadTest, WaitingLineIsBoundedInLengthAndTime) {
  BusyServerOptions options = OneSlowSlot();
  options.settings.when_full = "queue";
  options.settings.keep_alive_s = 0.005;
  options.settings.queue_s_max = 0.02;
  options.settings.queue_max = 1;
  BusyClient busy(options);
  auto first = Open(busy, BusyClient::ChatBody("first"));
  auto second = Open(busy, BusyClient::ChatBody("second"));
  const auto waited = second->ReadAnswer();
  EXPECT_EQ(waited.status, 200);
  EXPECT_FALSE(waited.complete) << "closed after its time";
  busy.Post("/busy/settings", {{"queue_s_max", 1000}});
  auto third = Open(busy, BusyClient::ChatBody("third"));
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("fourth")).status, 429);
  third->Close();
  while (busy.Get("/busy/stats")["waiting"] != 0) {
  }
  const json left = busy.Ledger()[2];
  EXPECT_EQ(left["outcome"], "client_gone");
  EXPECT_EQ(left["status"], 200) << "its head went out when it began to wait";
}

TEST(BusyLoadTest, AbandonedCallKeepsItsSlotUntilItsWorkIsDone) {
  BusyClient busy(OneSlowSlot());
  auto client = Open(busy, BusyClient::ChatBody("x"));
  client->Close();
  while (busy.Get("/busy/stats")["in_flight"] != 0) {
  }
  EXPECT_EQ(busy.Get("/busy/stats")["taken"], 1);
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("y")).status, 429);
}

TEST(BusyLoadTest, AbandonedStreamFreesItsSlotAtOnce) {
  BusyClient busy(OneSlowSlot());
  auto client = Open(busy, BusyClient::ChatBody("x", {{"stream", true}}));
  client->Close();
  while (busy.Get("/busy/stats")["in_flight"] != 0) {
  }
  EXPECT_EQ(busy.Get("/busy/stats")["taken"], 0);
}

TEST(BusyLoadTest, OtherCustomersTakeSlotsByTheHour) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.slots = 10;
  options.settings.others_peak = 1;
  options.settings.others_trough = 0;
  options.settings.others_peak_hour = 14;
  options.settings.clock_speed = 0;
  ASSERT_TRUE(
      absl::ParseTime(absl::RFC3339_full, "2026-01-05T14:00:00Z", &options.clock_start, nullptr));
  BusyClient busy(options);
  EXPECT_EQ(busy.Get("/busy/stats")["slots_left"], 0);
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 429);
  busy.Post("/busy/clock", {{"advance_s", 12 * 3600}});
  EXPECT_EQ(busy.Get("/busy/stats")["virtual_time"], "2026-01-06T02:00:00Z");
  EXPECT_EQ(busy.Get("/busy/stats")["slots_left"], 10);
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 200);
  busy.Post("/busy/clock", {{"set", "2026-01-05T08:00:00Z"}});
  EXPECT_EQ(busy.Get("/busy/stats")["slots_left"], 5);
}

TEST(BusyLoadTest, RegionsFailByThemselves) {
  BusyClient busy;
  busy.Post("/busy/settings", {{"regions_down", "eu"}});
  SocketClient client(busy.port());
  const std::string body = BusyClient::ChatBody("x");
  EXPECT_EQ(client.Call("POST", "/region/eu/v1/chat/completions", body).status, 503);
  EXPECT_EQ(client.Call("POST", "/region/us/v1/chat/completions", body).status, 200);
  EXPECT_EQ(busy.Chat(body).status, 200);
  const std::vector<json> calls = busy.Ledger();
  EXPECT_EQ(calls[0]["region"], "eu");
  EXPECT_EQ(calls[0]["cause"], "outage");
  EXPECT_EQ(calls[2]["region"], "");
}

TEST(BusyLoadTest, AccountsHaveCapsOfTheirOwn) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.latency_ms = 3600e3;
  options.settings.concurrency_cap = 1;
  BusyClient busy(options);
  const HttpHeaders a{{"Authorization", "Bearer a"}};
  const HttpHeaders b{{"Authorization", "Bearer b"}};
  auto held = Open(busy, BusyClient::ChatBody("x"), a);
  const auto refused = busy.Chat(BusyClient::ChatBody("y"), a);
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(absl::StrContains(refused.body, "exceeds your concurrency limit of 1"))
      << refused.body;
  busy.Post("/busy/settings", {{"latency_ms", 0}});
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("y"), b).status, 200);
}

TEST(BusyLoadTest, RateHeadersTellWhatIsLeft) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.requests_per_minute = 3;
  options.settings.rate_headers = "openai";
  options.settings.refuse_hint = "retry_after_ms";
  BusyClient busy(options);
  EXPECT_EQ(*busy.Chat(BusyClient::ChatBody("x")).headers.Find("x-ratelimit-remaining-requests"),
            "2");
  busy.Chat(BusyClient::ChatBody("x"));
  busy.Chat(BusyClient::ChatBody("x"));
  const auto refused = busy.Chat(BusyClient::ChatBody("x"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(*refused.headers.Find("x-ratelimit-remaining-requests"), "0");
  EXPECT_NE(refused.headers.Find("retry-after-ms"), nullptr);
}

TEST(BusyLoadTest, RepeatedPromptsAreCachedAndCheaper) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.dialect = "deepseek";
  options.settings.output_spread = 0;
  BusyClient busy(options);
  const std::string system(1024, 's');
  const json first = json::parse(busy.Chat(BusyClient::ChatBody(system + " one")).body);
  const json second = json::parse(busy.Chat(BusyClient::ChatBody(system + " two")).body);
  EXPECT_EQ(first["usage"]["prompt_cache_hit_tokens"], 0);
  EXPECT_EQ(second["usage"]["prompt_cache_hit_tokens"], 256);
  EXPECT_EQ(second["usage"]["prompt_cache_miss_tokens"].get<int>() + 256,
            second["usage"]["prompt_tokens"]);
  const std::vector<json> calls = busy.Ledger();
  EXPECT_LT(calls[1]["cost"], calls[0]["cost"]);
  EXPECT_EQ(calls[1]["cached_tokens"], 256);
}

TEST(BusyLoadTest, OffPeakCallsAreCheaperAndSpentBalanceStopsAnAccount) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.clock_speed = 0;
  options.settings.off_peak_hours = "16:30-00:30";
  options.settings.off_peak_factor = 0.5;
  options.settings.price_output = 1e6;
  options.settings.price_miss = 0;
  options.settings.output_tokens = 10;
  options.settings.output_spread = 0;
  options.settings.balance = 14;
  options.settings.dialect = "deepseek";
  ASSERT_TRUE(
      absl::ParseTime(absl::RFC3339_full, "2026-01-05T12:00:00Z", &options.clock_start, nullptr));
  BusyClient busy(options);
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 200);
  busy.Post("/busy/clock", {{"advance_s", 5 * 3600}});
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 200);
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 402);
  const std::vector<json> calls = busy.Ledger();
  EXPECT_EQ(calls[0]["cost"], 10.0);
  EXPECT_EQ(calls[1]["cost"], 5.0);
  EXPECT_EQ(busy.Get("/busy/stats")["cost"], 15.0);
}

TEST(BusyLoadTest, FaultsComeAsOftenAsAskedFor) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.faults = "error_500:0.2,reset_after_read:0.1";
  BusyClient busy(options);
  constexpr int kCalls = 1000;
  for (int i = 0; i < kCalls; ++i) busy.Chat(BusyClient::ChatBody(absl::StrCat("call ", i)));
  const json causes = busy.Get("/busy/stats")["causes"];
  EXPECT_NEAR(causes["error_500"].get<int>(), 200, 50);
  EXPECT_NEAR(causes["reset_after_read"].get<int>(), 100, 40);
  EXPECT_NEAR(causes["ok"].get<int>(), 700, 70);
}

// What a fixed set of calls gets, in the order of their contents.
std::string AnswersOf(uint64_t seed, bool backwards) {
  BusyServerOptions options = BusyClient::Fast();
  options.seed = seed;
  options.settings.faults = "error_500:0.2,overloaded_529:0.2,finish_length:0.2";
  BusyClient busy(options);
  std::map<int, std::string> answers;
  for (int i = 0; i < 60; ++i) {
    const int n = (backwards ? 59 - i : i) % 30;  // each content twice
    const auto answer = busy.Chat(BusyClient::ChatBody(absl::StrCat("call ", n)));
    absl::StrAppend(&answers[n], answer.status, " ", answer.body.size(), "; ");
  }
  std::string all;
  for (const auto& [n, text] : answers) absl::StrAppend(&all, n, ": ", text, "\n");
  return all;
}

TEST(BusyLoadTest, SameSeedSameAnswersWhateverTheOrderOfArrival) {
  const std::string once = AnswersOf(7, false);
  EXPECT_EQ(AnswersOf(7, false), once);
  EXPECT_EQ(AnswersOf(7, true), once);
  EXPECT_NE(AnswersOf(8, false), once);
}

TEST(BusyLoadTest, ForcedPresetAnswersEverything) {
  BusyClient busy;
  busy.Post("/busy/settings", {{"force", "slow_down_503"}});
  const auto answer = busy.Chat(BusyClient::ChatBody("x"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(absl::StrContains(answer.body, "slow_down"));
  busy.Post("/busy/settings", {{"force", ""}});
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 200);
}

}  // namespace
}  // namespace lull
