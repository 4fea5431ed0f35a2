#include "tools/busy_api/chat_answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/busy_api/json_text.h"

namespace lull {
namespace {

constexpr int64_t kBytesPerToken = 4;
constexpr absl::string_view kWords =
    " the quick brown fox jumps over the lazy dog while five boxing wizards pack my box with jugs";

std::string UsageJson(const Usage& usage) {
  return absl::StrCat("{\"prompt_tokens\":", usage.prompt_tokens,
                      ",\"completion_tokens\":", usage.completion_tokens,
                      ",\"total_tokens\":", usage.prompt_tokens + usage.completion_tokens,
                      ",\"prompt_tokens_details\":{\"cached_tokens\":", usage.cached_tokens, "}}");
}

std::string Head(const ChatAnswer& answer, absl::string_view object) {
  return absl::StrCat("{\"id\":", JsonString(answer.id), ",\"object\":\"", object,
                      "\",\"created\":", answer.created, ",\"model\":", JsonString(answer.model));
}

std::string Event(const ChatAnswer& answer, absl::string_view delta, absl::string_view finish) {
  return absl::StrCat("data: ", Head(answer, "chat.completion.chunk"),
                      ",\"choices\":[{\"index\":0,\"delta\":", delta,
                      ",\"logprobs\":null,\"finish_reason\":", finish, "}]}\n\n");
}

}  // namespace

std::string AnswerText(absl::string_view content_hash, int64_t tokens) {
  std::string text(content_hash);
  const size_t size = static_cast<size_t>(std::max<int64_t>(tokens, 0) * kBytesPerToken);
  while (text.size() < size) {
    const size_t room = size - text.size();
    text.append(kWords.data(), std::min(room, kWords.size()));
  }
  return text;
}

std::string ChatCompletionJson(const ChatAnswer& answer) {
  return absl::StrCat(Head(answer, "chat.completion"),
                      ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":",
                      JsonString(answer.content),
                      "},\"logprobs\":null,\"finish_reason\":", JsonString(answer.finish_reason),
                      "}],\"usage\":", UsageJson(answer.usage), "}");
}

std::vector<std::string> ChatCompletionEvents(const ChatAnswer& answer, int64_t chunk_tokens,
                                              bool include_usage) {
  std::vector<std::string> events;
  events.push_back(Event(answer, "{\"role\":\"assistant\",\"content\":\"\"}", "null"));
  const size_t piece = static_cast<size_t>(chunk_tokens * kBytesPerToken);
  for (size_t i = 0; i < answer.content.size(); i += piece) {
    const std::string text = JsonString(absl::string_view(answer.content).substr(i, piece));
    events.push_back(Event(answer, absl::StrCat("{\"content\":", text, "}"), "null"));
  }
  events.push_back(Event(answer, "{}", JsonString(answer.finish_reason)));
  if (include_usage) {
    events.push_back(absl::StrCat("data: ", Head(answer, "chat.completion.chunk"),
                                  ",\"choices\":[],\"usage\":", UsageJson(answer.usage), "}\n\n"));
  }
  events.push_back("data: [DONE]\n\n");
  return events;
}

}  // namespace lull
