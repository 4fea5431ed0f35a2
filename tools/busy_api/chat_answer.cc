#include "tools/busy_api/chat_answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/busy_api/json_text.h"

namespace lull {
namespace {

constexpr absl::string_view kWords =
    " the quick brown fox jumps over the lazy dog while five boxing wizards pack my box with jugs";

std::string Head(const ChatAnswer& answer, absl::string_view object) {
  return absl::StrCat("{\"id\":", JsonString(answer.id), ",\"object\":\"", object,
                      "\",\"created\":", answer.created, ",\"model\":", JsonString(answer.model));
}

// ,"finish_reason":… or nothing.
std::string FinishMember(const std::optional<std::string>& reason) {
  if (!reason.has_value()) return "";
  return absl::StrCat(",\"finish_reason\":", *reason == "null" ? "null" : JsonString(*reason));
}

std::string Event(absl::string_view head, absl::string_view delta, absl::string_view finish) {
  return absl::StrCat("data: ", head, ",\"choices\":[{\"index\":0,\"delta\":", delta,
                      ",\"logprobs\":null", finish, "}]}\n\n");
}

// As JSON.stringify writes text that was cut there.
constexpr absl::string_view kEmojiHalves[] = {"\\ud83d", "\\ude00"};

std::string ContentJson(const ChatAnswer& answer) {
  std::string json = JsonString(answer.content);
  if (answer.half_emoji) json.insert(json.size() - 1, std::string(kEmojiHalves[0]));
  return json;
}

// The members of a message or delta that carry `text` as the answer's kind wants it. `opening` says
// whether this is the first piece of it.
std::string ContentMember(const ChatAnswer& answer, absl::string_view text, bool opening) {
  const std::string name = opening ? "\"name\":\"answer\"," : "";
  if (answer.finish_reason == "tool_calls") {
    return absl::StrCat("\"tool_calls\":[{\"index\":0,",
                        opening ? absl::StrCat("\"id\":", JsonString("call_" + answer.id),
                                               ",\"type\":\"function\",")
                                : "",
                        "\"function\":{", name, "\"arguments\":", JsonString(text), "}}]");
  }
  if (answer.finish_reason == "function_call") {
    return absl::StrCat("\"function_call\":{", name, "\"arguments\":", JsonString(text), "}");
  }
  return absl::StrCat("\"content\":", JsonString(text));
}

bool IsFunctionCall(const ChatAnswer& answer) {
  return answer.finish_reason == "tool_calls" || answer.finish_reason == "function_call";
}

// A function's arguments are a JSON object in a string.
std::string Payload(const ChatAnswer& answer) {
  if (!IsFunctionCall(answer)) return answer.content;
  return absl::StrCat("{\"text\":", JsonString(answer.content), "}");
}

}  // namespace

std::string AnswerText(absl::string_view content_hash, int64_t tokens) {
  std::string text(content_hash);
  const size_t size = BytesOfTokens(tokens);
  while (text.size() < size) {
    text.append(kWords.data(), std::min(size - text.size(), kWords.size()));
  }
  return text;
}

std::string ChatCompletionJson(const ChatAnswer& answer) {
  std::string message = "{\"role\":\"assistant\"";
  if (!answer.reasoning.empty()) {
    absl::StrAppend(&message, ",\"reasoning_content\":", JsonString(answer.reasoning));
  }
  if (IsFunctionCall(answer)) {
    absl::StrAppend(&message, ",\"content\":null,", ContentMember(answer, Payload(answer), true),
                    "}");
  } else {
    absl::StrAppend(&message, ",\"content\":", ContentJson(answer), "}");
  }
  std::string out = absl::StrCat(Head(answer, "chat.completion"),
                                 ",\"choices\":[{\"index\":0,\"message\":", message,
                                 ",\"logprobs\":null", FinishMember(answer.finish_reason), "}]");
  if (answer.usage.has_value()) {
    absl::StrAppend(&out, ",\"usage\":", UsageJson(answer.dialect, *answer.usage));
  }
  return absl::StrCat(out, "}");
}

ChatEvents ChatCompletionEvents(const ChatAnswer& answer, int64_t chunk_tokens) {
  constexpr absl::string_view kNotYet = ",\"finish_reason\":null";
  const std::string head = Head(answer, "chat.completion.chunk");
  ChatEvents events;
  events.opening.push_back(Event(head, "{\"role\":\"assistant\",\"content\":\"\"}", kNotYet));
  const size_t piece = std::max<size_t>(1, BytesOfTokens(chunk_tokens));
  for (size_t i = 0; i < answer.reasoning.size(); i += piece) {
    const std::string text = JsonString(absl::string_view(answer.reasoning).substr(i, piece));
    events.content.push_back(
        Event(head, absl::StrCat("{\"content\":null,\"reasoning_content\":", text, "}"), kNotYet));
  }
  const std::string payload = Payload(answer);
  for (size_t i = 0; i < payload.size(); i += piece) {
    const absl::string_view text = absl::string_view(payload).substr(i, piece);
    events.content.push_back(
        Event(head, absl::StrCat("{", ContentMember(answer, text, i == 0), "}"), kNotYet));
  }
  if (answer.half_emoji && !IsFunctionCall(answer)) {
    for (const absl::string_view half : kEmojiHalves) {
      events.content.push_back(Event(head, absl::StrCat("{\"content\":\"", half, "\"}"), kNotYet));
    }
  }
  if (answer.finish_reason.has_value()) {
    events.closing.push_back(Event(head, "{}", FinishMember(answer.finish_reason)));
  }
  if (answer.usage.has_value()) {
    events.closing.push_back(absl::StrCat("data: ", head, ",\"choices\":[],\"usage\":",
                                          UsageJson(answer.dialect, *answer.usage), "}\n\n"));
  }
  return events;
}

}  // namespace lull
