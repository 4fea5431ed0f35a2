#include "tests/tools/busy_api/busy_client.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace lull {

using nlohmann::json;

BusyServerOptions BusyClient::Fast() {
  BusyServerOptions options;
  options.settings.latency_ms = 0;
  options.settings.token_ms = 0;
  return options;
}

BusyClient::BusyClient(const BusyServerOptions& options) {
  auto server = BusyServer::Start(options);
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = std::move(*server);
}

std::string BusyClient::ChatBody(absl::string_view text, const json& more) {
  json body = {{"model", "test-model"},
               {"messages", {{{"role", "user"}, {"content", std::string(text)}}}}};
  if (more.is_object()) body.update(more);
  return body.dump();
}

SocketClient::Answer BusyClient::Chat(absl::string_view body, const HttpHeaders& headers) {
  SocketClient client(port());
  return client.Call("POST", "/v1/chat/completions", body, headers);
}

json BusyClient::Get(absl::string_view target) {
  SocketClient client(port());
  const auto answer = client.Call("GET", target);
  EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
  return json::parse(answer.body, nullptr, false);
}

json BusyClient::Post(absl::string_view target, const json& body) {
  SocketClient client(port());
  const auto answer = client.Call("POST", target, body.dump());
  EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
  return json::parse(answer.body, nullptr, false);
}

std::vector<json> BusyClient::Ledger(uint64_t after) {
  for (int i = 0; i < 10000 && Get("/busy/stats")["in_flight"] != 0; ++i) {
  }
  return Get(absl::StrCat("/busy/ledger?after=", after))["calls"].get<std::vector<json>>();
}

std::vector<std::string> EventData(absl::string_view body) {
  std::vector<std::string> data;
  for (absl::string_view line : absl::StrSplit(body, '\n')) {
    if (absl::ConsumePrefix(&line, "data: ")) data.emplace_back(line);
  }
  return data;
}

std::string ContentOf(const SocketClient::Answer& answer) {
  const std::string* type = answer.headers.Find("Content-Type");
  if (type == nullptr || !absl::StrContains(*type, "event-stream")) {
    const json body = json::parse(answer.body, nullptr, false);
    return body.is_object() ? body["choices"][0]["message"]["content"].get<std::string>() : "";
  }
  std::string content;
  for (const std::string& data : EventData(answer.body)) {
    const json event = json::parse(data, nullptr, false);
    if (!event.is_object() || event["choices"].empty()) continue;
    content += event["choices"][0]["delta"].value("content", "");
  }
  return content;
}

}  // namespace lull
