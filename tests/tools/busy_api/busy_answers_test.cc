// Each behaviour over real sockets, as a client under test meets it.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/tools/busy_api/busy_client.h"
#include "tools/busy_api/preset.h"

namespace lull {
namespace {

using nlohmann::json;

HttpHeaders Script(const std::string& script) { return {{"X-Busy-Script", script}}; }

std::string StreamBody() { return BusyClient::ChatBody("x", {{"stream", true}}); }

TEST(BusyAnswersTest, EveryShortPresetDoesWhatItSaysForBothKindsOfCall) {
  // The others take seconds or gigabytes, or never end; they are tested by themselves.
  const std::set<absl::string_view> long_ones = {
      "never",          "queue_10s", "queue_for_ever", "slow_first_content", "stall",
      "stall_for_ever", "drip",      "gzip_bomb",      "huge_body",          "huge_line"};
  BusyClient busy;
  for (const Preset& preset : Presets()) {
    if (long_ones.contains(preset.name)) continue;
    const Behaviour behaviour = *FindPreset(preset.name);
    for (const std::string& body : {BusyClient::ChatBody("x"), StreamBody()}) {
      const auto answer = busy.Chat(body, Script(std::string(preset.name)));
      EXPECT_EQ(answer.status, behaviour.status) << preset.name;
      const bool whole = behaviour.end == "keep";
      EXPECT_EQ(answer.complete, whole) << preset.name << ": " << answer.raw;
    }
  }
  for (const json& call : busy.Ledger()) {
    EXPECT_TRUE(call.contains("outcome")) << call;
    EXPECT_NE(call["outcome"], "client_gone") << call;
  }
}

TEST(BusyAnswersTest, ResetAndCloseAreTold) {
  BusyClient busy;
  SocketClient reset(busy.port());
  reset.SendRequest("POST", "/v1/chat/completions", BusyClient::ChatBody("x"),
                    Script("reset_after_read"));
  EXPECT_EQ(reset.ReadToEnd(), "");
  EXPECT_EQ(reset.end(), SocketClient::End::kReset);
  SocketClient close(busy.port());
  close.SendRequest("POST", "/v1/chat/completions", BusyClient::ChatBody("x"),
                    Script("close_after_read"));
  EXPECT_EQ(close.ReadToEnd(), "");
  EXPECT_EQ(close.end(), SocketClient::End::kClosed);
  const std::vector<json> calls = busy.Ledger();
  EXPECT_EQ(calls[0]["outcome"], "cut");
  EXPECT_EQ(calls[0]["billed"], false);
  EXPECT_EQ(calls[1]["outcome"], "cut");
  EXPECT_EQ(calls[1]["status"], 0);
  EXPECT_EQ(calls[1]["billed"], true);
  EXPECT_GT(calls[1]["cost"], 0.0);
}

TEST(BusyAnswersTest, CutStreamHasSomeContentAndNoEnd) {
  BusyClient busy;
  const auto answer = busy.Chat(StreamBody(), Script("cut_stream"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.complete);
  EXPECT_EQ(ContentOf(answer).size(), 3u * 4 * 4) << "three pieces of four tokens";
}

TEST(BusyAnswersTest, QueueAndSlowContentKeepTheirOrder) {
  BusyClient busy;
  const auto whole =
      busy.Chat(BusyClient::ChatBody("x"), Script(R"({"queue_s":0.05,"keep_alive_s":0.01})"));
  EXPECT_TRUE(absl::StartsWith(whole.body, "\n\n\n\n\n{")) << whole.body;
  EXPECT_FALSE(ContentOf(whole).empty()) << "empty lines are white space to a JSON parser";
  const auto stream = busy.Chat(StreamBody(), Script(R"({"queue_s":0.02,"keep_alive_s":0.01})"));
  EXPECT_TRUE(absl::StartsWith(stream.body, ": keep-alive\n\n: keep-alive\n\ndata: {"))
      << stream.body;

  SocketClient slow(busy.port());
  slow.SendRequest("POST", "/v1/chat/completions", StreamBody(),
                   Script(R"({"first_content_s":0.05,"stall_after_chunks":2,"stall_s":0.05})"));
  std::string read;
  EXPECT_TRUE(slow.ReadUntil("\"role\"", &read));
  EXPECT_TRUE(slow.ReadUntil("[DONE]", &read));
}

TEST(BusyAnswersTest, NeverHoldsTheCallUntilTheClientGoes) {
  BusyClient busy;
  SocketClient client(busy.port());
  client.SendRequest("POST", "/v1/chat/completions", BusyClient::ChatBody("x"), Script("never"));
  while (busy.Get("/busy/stats")["taken"] != 1) {
  }
  client.Close();
  const std::vector<json> calls = busy.Ledger();
  EXPECT_EQ(calls[0]["outcome"], "client_gone");
  EXPECT_EQ(calls[0]["status"], 0);
  EXPECT_EQ(calls[0]["billed"], true);
}

TEST(BusyAnswersTest, DripArrivesWhole) {
  BusyClient busy;
  const auto dripped =
      busy.Chat(BusyClient::ChatBody("x"), Script(R"({"drip_bytes":5,"drip_wait_s":0.0001})"));
  EXPECT_TRUE(dripped.complete);
  EXPECT_EQ(ContentOf(dripped), ContentOf(busy.Chat(BusyClient::ChatBody("x"))));
}

TEST(BusyAnswersTest, HugeBodyIsSentAsFastAsItIsReadAndNoFaster) {
  BusyClient busy;
  const auto answer = busy.Chat(BusyClient::ChatBody("x"),
                                Script(R"({"hostile":"huge_body","hostile_bytes":50000000})"));
  EXPECT_TRUE(answer.complete);
  EXPECT_GT(answer.body.size(), 50000000u);
  SocketClient bored(busy.port());
  bored.SendRequest("POST", "/v1/chat/completions", BusyClient::ChatBody("x"), Script("huge_body"));
  std::string read;
  EXPECT_TRUE(bored.ReadUntil("{", &read));
  bored.Close();
  const json left = busy.Ledger().back();
  EXPECT_EQ(left["outcome"], "client_gone");
  EXPECT_EQ(left["status"], 200);
}

TEST(BusyAnswersTest, ScriptsAnswerTheNextCallsThatCarryTheirMarker) {
  BusyClient busy;
  busy.Post("/busy/scripts", {{"match", {{"contains", "MARK-1"}}},
                              {"answers", {"unavailable_503", {{"status", 500}}, "ok"}}});
  const std::string marked = BusyClient::ChatBody("please MARK-1");
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("other")).status, 200);
  EXPECT_EQ(busy.Chat(marked).status, 503);
  EXPECT_EQ(busy.Chat(marked).status, 500);
  EXPECT_EQ(busy.Chat(marked).status, 200);
  EXPECT_EQ(busy.Get("/busy/scripts")[0]["left"], 0);
  const std::vector<json> calls = busy.Ledger();
  EXPECT_EQ(calls[1]["cause"], "unavailable_503");
  EXPECT_EQ(calls[2]["cause"], "script");
}

TEST(BusyAnswersTest, MalformedScriptsAreComplainedAbout) {
  BusyClient busy;
  const auto answer = busy.Chat(BusyClient::ChatBody("x"), Script(R"({"statsu":1})"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(absl::StrContains(answer.body, "statsu")) << answer.body;
  EXPECT_EQ(busy.Ledger()[0]["cause"], "bad_script");
  SocketClient client(busy.port());
  EXPECT_EQ(client.Call("POST", "/busy/scripts", R"({"answers":["nope"]})").status, 400);
}

TEST(BusyAnswersTest, KeyIsEchoedButNeverInTheLedger) {
  BusyClient busy;
  const auto answer = busy.Chat(BusyClient::ChatBody("x"), {{"X-Busy-Script", "echo_key"},
                                                            {"Authorization", "Bearer sk-canary"}});
  EXPECT_TRUE(absl::StrContains(answer.body, "sk-canary"));
  EXPECT_FALSE(absl::StrContains(busy.Get("/busy/ledger").dump(), "canary"));
}

TEST(BusyAnswersTest, UsageCountsWhatTheScriptSaysInEveryDialect) {
  BusyClient busy;
  const json openai =
      json::parse(busy.Chat(BusyClient::ChatBody("x"), Script("usage_openai")).body)["usage"];
  EXPECT_EQ(openai["prompt_tokens_details"]["cached_tokens"], 5);
  EXPECT_EQ(openai["completion_tokens_details"]["reasoning_tokens"], 7);
  EXPECT_EQ(openai["completion_tokens"], 27) << "reasoning included";
  const json deepseek =
      json::parse(busy.Chat(BusyClient::ChatBody("x"), Script("usage_deepseek")).body)["usage"];
  EXPECT_EQ(deepseek["prompt_cache_hit_tokens"], 5);
  EXPECT_EQ(deepseek["prompt_cache_miss_tokens"], deepseek["prompt_tokens"].get<int64_t>() - 5);
  const auto streamed = busy.Chat(
      BusyClient::ChatBody("x", {{"stream", true}, {"stream_options", {{"include_usage", true}}}}),
      Script(R"({"cached_tokens":1000000,"reasoning_tokens":0})"));
  const std::vector<std::string> events = EventData(streamed.body);
  ASSERT_GT(events.size(), 2u);
  const json usage = json::parse(events[events.size() - 2])["usage"];
  EXPECT_EQ(usage["prompt_tokens_details"]["cached_tokens"], usage["prompt_tokens"]) << "at most";
}

TEST(BusyAnswersTest, ManyElementsEachHaveAnIndex) {
  BusyClient busy;
  const auto choices = busy.Chat(BusyClient::ChatBody("x"),
                                 Script(R"({"hostile":"many_choices","hostile_bytes":3000})"));
  EXPECT_GE(json::parse(choices.body)["choices"].size(), 3000u);
  const auto calls = busy.Chat(BusyClient::ChatBody("x"),
                               Script(R"({"hostile":"many_tool_calls","hostile_bytes":500})"));
  EXPECT_GE(json::parse(calls.body)["choices"][0]["message"]["tool_calls"].size(), 500u);
  const auto streamed =
      busy.Chat(StreamBody(), Script(R"({"hostile":"many_tool_calls","hostile_bytes":2000})"));
  std::set<int64_t> indices;
  for (const std::string& data : EventData(streamed.body)) {
    const json event = json::parse(data, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || event["choices"].empty()) continue;
    const json delta = event["choices"][0]["delta"];
    if (delta.contains("tool_calls"))
      indices.insert(delta["tool_calls"][0]["index"].get<int64_t>());
  }
  EXPECT_EQ(indices.size(), 1000u);
  EXPECT_TRUE(absl::EndsWith(streamed.body, "data: [DONE]\n\n"));
}

TEST(BusyAnswersTest, EmbeddingsTellWhoseTheyAre) {
  BusyClient busy;
  SocketClient client(busy.port());
  const json two =
      json::parse(client.Call("POST", "/v1/embeddings", R"({"model":"e","input":["a","b"]})").body);
  const json one =
      json::parse(client.Call("POST", "/v1/embeddings", R"({"model":"e","input":"b"})").body);
  ASSERT_EQ(two["data"].size(), 2u);
  EXPECT_EQ(two["data"][1]["embedding"], one["data"][0]["embedding"]);
  EXPECT_NE(two["data"][0]["embedding"], one["data"][0]["embedding"]);
  EXPECT_EQ(one["data"][0]["embedding"].size(), 32u);
  EXPECT_GT(one["usage"]["prompt_tokens"], 0);
  const json coded = json::parse(
      client
          .Call("POST", "/v1/embeddings",
                R"({"model":"e","input":"b","encoding_format":"base64","dimensions":3})")
          .body);
  EXPECT_EQ(coded["data"][0]["embedding"].get<std::string>().size(), 16u) << "12 bytes";
}

TEST(BusyAnswersTest, ModelsAreListed) {
  BusyClient busy;
  EXPECT_EQ(busy.Get("/v1/models")["data"].size(), 1u);
  busy.Post("/busy/settings", {{"models", "a, b"}});
  EXPECT_EQ(busy.Get("/v1/models")["data"][1]["id"], "b");
  EXPECT_EQ(busy.Get("/region/eu/v1/models")["data"][1]["id"], "b");
  EXPECT_EQ(busy.Chat(BusyClient::ChatBody("x")).status, 404);
}

TEST(BusyAnswersTest, OnlyTheDocumentedPathsExist) {
  BusyClient busy;
  SocketClient client(busy.port());
  EXPECT_EQ(client.Call("POST", "/v1/completions", "{}").status, 404);
  EXPECT_EQ(client.Call("GET", "/v1/chat/completions").status, 405);
  EXPECT_EQ(client.Call("POST", "/region/eu/v1/nothing", "{}").status, 404);
  EXPECT_EQ(client.Call("POST", "/region/eu", "{}").status, 404);
}

}  // namespace
}  // namespace lull
