#include "tools/busy_api/busy_server.h"

#include <cstdio>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/tools/busy_api/busy_client.h"
#include "tools/busy_api/hash.h"

namespace lull {
namespace {

using nlohmann::json;

TEST(BusyServerTest, CompletionCarriesTheHashOfTheMessagesWhateverTheirFormat) {
  BusyClient busy;
  const std::string hash =
      Sha256Hex("[{\"content\":\"gr\xc3\xbc\xc3\x9f dich\",\"role\":\"user\"}]");
  const auto plain = busy.Chat(BusyClient::ChatBody("gr\xc3\xbc\xc3\x9f dich"));
  const auto reformatted = busy.Chat(
      "{ \"messages\" : [ {\"role\":\"user\",\n\"content\":\"gr\\u00fc\\u00df dich\"} ],"
      "\"model\":\"another\"}");
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(ContentOf(plain).substr(0, 64), hash);
  EXPECT_EQ(ContentOf(reformatted).substr(0, 64), hash);
  EXPECT_EQ(json::parse(reformatted.body)["model"], "another");
}

TEST(BusyServerTest, CompletionHasUsageAndFinishReason) {
  BusyClient busy;
  const json answer = json::parse(busy.Chat(BusyClient::ChatBody("hello")).body);
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_GT(answer["usage"]["prompt_tokens"], 0);
  EXPECT_GT(answer["usage"]["completion_tokens"], 0);
  EXPECT_EQ(answer["usage"]["total_tokens"], answer["usage"]["prompt_tokens"].get<int>() +
                                                 answer["usage"]["completion_tokens"].get<int>());
  const json cut = json::parse(busy.Chat(BusyClient::ChatBody("hello", {{"max_tokens", 3}})).body);
  EXPECT_EQ(cut["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(cut["usage"]["completion_tokens"], 3);
}

TEST(BusyServerTest, StreamSaysTheSameAsTheWholeAnswer) {
  BusyClient busy;
  const std::string whole = ContentOf(busy.Chat(BusyClient::ChatBody("x")));
  const auto stream = busy.Chat(
      BusyClient::ChatBody("x", {{"stream", true}, {"stream_options", {{"include_usage", true}}}}));
  EXPECT_TRUE(stream.complete);
  EXPECT_EQ(ContentOf(stream), whole);
  const std::vector<std::string> data = EventData(stream.body);
  ASSERT_GT(data.size(), 4u);
  EXPECT_EQ(data.back(), "[DONE]");
  EXPECT_TRUE(json::parse(data[data.size() - 2]).contains("usage"));
  EXPECT_EQ(json::parse(data[data.size() - 3])["choices"][0]["finish_reason"], "stop");
}

TEST(BusyServerTest, CallsBeyondTheSlotsAreRefused) {
  BusyServerOptions options = BusyClient::Fast();
  options.settings.slots = 1;
  options.settings.latency_ms = 3600e3;
  BusyClient busy(options);
  SocketClient first(busy.port());
  first.SendRequest("POST", "/v1/chat/completions", BusyClient::ChatBody("first"));
  while (busy.Get("/busy/stats")["taken"] != 1) {
  }
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("second")).status, 429);
  busy.Post("/busy/settings", {{"slots", 2}, {"latency_ms", 0}});
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("third")).status, 200);
}

TEST(BusyServerTest, LedgerHasEachCallWhenItArrivesAndWhenItEnds) {
  BusyServerOptions options = BusyClient::Fast();
  options.ledger_file = ::testing::TempDir() + "/ledger.jsonl";
  std::remove(options.ledger_file.c_str());
  BusyClient busy(options);
  const std::string body = BusyClient::ChatBody("x");
  busy.Chat(body, {{"X-Request-Id", "job-7/lease-9"}, {"Authorization", "Bearer sk-secret"}});
  busy.Chat("{not json");
  const std::vector<json> calls = busy.Ledger();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0]["call"], 1);
  EXPECT_EQ(calls[0]["request_id"], "job-7/lease-9");
  EXPECT_EQ(calls[0]["authorization"], true);
  EXPECT_EQ(calls[0]["body_hash"], Sha256Hex(body));
  EXPECT_EQ(calls[0]["outcome"], "answered");
  EXPECT_EQ(calls[0]["billed"], true);
  EXPECT_EQ(calls[0]["status"], 200);
  EXPECT_EQ(calls[1]["status"], 400);
  EXPECT_EQ(calls[1]["billed"], false);
  EXPECT_EQ(busy.Ledger(1).size(), 1u);

  std::ifstream file(options.ledger_file);
  std::string line;
  std::vector<std::string> events;
  while (std::getline(file, line)) {
    EXPECT_FALSE(absl::StrContains(line, "sk-secret"));
    const json event = json::parse(line);
    events.push_back(
        absl::StrCat(event["event"].get<std::string>(), " ", event["call"].get<int>()));
  }
  EXPECT_EQ(events, (std::vector<std::string>{"received 1", "ended 1", "received 2", "ended 2"}));
}

TEST(BusyServerTest, SettingsChangeAtRunTimeAllOrNothing) {
  BusyClient busy;
  busy.Post("/busy/settings", {{"down", true}});
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 503);
  SocketClient client(busy.port());
  const auto refused = client.Call("POST", "/busy/settings", "{\"down\":false,\"slots\":\"many\"}");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(absl::StrContains(refused.body, "slots")) << refused.body;
  EXPECT_EQ(busy.Get("/busy/settings")["down"], true);
  EXPECT_EQ(client.Call("POST", "/busy/settings", "{\"no_such\":1}").status, 400);
}

TEST(BusyServerTest, ShutdownIsHandedOn) {
  std::atomic<bool> asked{false};
  BusyServerOptions options = BusyClient::Fast();
  options.on_shutdown = [&] { asked = true; };
  BusyClient busy(options);
  busy.Post("/busy/shutdown", json::object());
  busy.server().Stop(absl::Seconds(1));
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace lull
