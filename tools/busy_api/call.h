// What busy_api knows of one call that it received.
#ifndef LULL_TOOLS_BUSY_API_CALL_H_
#define LULL_TOOLS_BUSY_API_CALL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lull {

struct Call {
  enum class Kind { kChat, kEmbeddings };

  uint64_t number = 0;  // since the start, from 1, in order of arrival
  Kind kind = Kind::kChat;
  std::string model;
  bool stream = false;
  bool include_usage = false;                // stream_options.include_usage
  std::optional<int64_t> output_tokens_max;  // max_completion_tokens, else max_tokens
  int64_t prompt_tokens = 0;                 // estimated
  bool base64 = false;                       // encoding_format of embeddings
  std::optional<int64_t> dimensions;         // of embeddings

  // SHA-256 of the canonical JSON of `messages` (chat) or `input` (embeddings): parsed, then
  // written without white space, object keys sorted, characters beyond ASCII as UTF-8. So it
  // survives a gateway that rewrites `model` or formats the body anew. Answers carry it.
  std::string content_hash;
  std::string body_hash;            // SHA-256 of the body as received
  std::string content;              // the canonical JSON itself
  std::vector<std::string> inputs;  // of embeddings: the canonical JSON of each
};

// Reads a request's body. INVALID_ARGUMENT with what is wrong, in the words an API would use.
absl::StatusOr<Call> ParseCall(Call::Kind kind, absl::string_view body);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_CALL_H_
