// A chat completion as an OpenAI-compatible API writes it, whole or as server-sent events.
#ifndef LULL_TOOLS_BUSY_API_CHAT_ANSWER_H_
#define LULL_TOOLS_BUSY_API_CHAT_ANSWER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lull {

struct Usage {
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;  // of the prompt
  int64_t completion_tokens = 0;
};

struct ChatAnswer {
  std::string id;
  int64_t created = 0;  // Unix seconds
  std::string model;
  std::string content;
  std::string finish_reason = "stop";
  Usage usage;
};

// `content_hash` and then words up to about four bytes per token. An answer shorter than 16 tokens
// still carries the whole hash.
std::string AnswerText(absl::string_view content_hash, int64_t tokens);

std::string ChatCompletionJson(const ChatAnswer& answer);

// The events of a stream, each with its empty line: a first one with the role, the content in
// pieces of `chunk_tokens`, the finish frame, usage if asked for, [DONE].
std::vector<std::string> ChatCompletionEvents(const ChatAnswer& answer, int64_t chunk_tokens,
                                              bool include_usage);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_CHAT_ANSWER_H_
