// A chat completion as an OpenAI-compatible API writes it, whole or as server-sent events.
#ifndef LULL_TOOLS_BUSY_API_CHAT_ANSWER_H_
#define LULL_TOOLS_BUSY_API_CHAT_ANSWER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/busy_api/usage.h"

namespace lull {

struct ChatAnswer {
  std::string id;
  int64_t created = 0;  // Unix seconds
  std::string model;
  std::string content;
  std::string reasoning;  // reasoning_content, if not empty
  // "null" is JSON's null; nullopt leaves the member out. With "tool_calls" and "function_call" the
  // content becomes the argument of a call to a function `answer`.
  std::optional<std::string> finish_reason = "stop";
  std::string dialect = "openai";  // of the usage object
  // Behind the content, half of an emoji, as an escape; in a stream one half and then the other.
  bool half_emoji = false;
  std::optional<Usage> usage;
};

// `content_hash` and then words, about four bytes per token. An answer shorter than 16 tokens still
// carries the whole hash.
std::string AnswerText(absl::string_view content_hash, int64_t tokens);

std::string ChatCompletionJson(const ChatAnswer& answer);

// A stream, event by event, each with its empty line.
struct ChatEvents {
  std::vector<std::string> opening;  // the role; not content
  std::vector<std::string> content;  // reasoning first, then content, in pieces
  std::vector<std::string> closing;  // the finish frame, then usage, if there is any
};
ChatEvents ChatCompletionEvents(const ChatAnswer& answer, int64_t chunk_tokens);

inline constexpr absl::string_view kDoneEvent = "data: [DONE]\n\n";

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_CHAT_ANSWER_H_
