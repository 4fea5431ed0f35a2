// An embeddings list as an OpenAI-compatible API writes it.
#ifndef LULL_TOOLS_BUSY_API_EMBEDDING_ANSWER_H_
#define LULL_TOOLS_BUSY_API_EMBEDDING_ANSWER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/busy_api/usage.h"

namespace lull {

// One number per byte of the SHA-256 of `input` (its canonical JSON), over and over up to
// `dimensions`: byte / 127.5 - 1, as a 32-bit float. So a client can tell whose embedding it got.
std::vector<float> Embedding(absl::string_view input, int64_t dimensions);

// `inputs` are canonical JSON values, one per embedding; `base64` writes the floats in that form
// (little-endian), as OpenAI's own clients ask for.
std::string EmbeddingsJson(absl::string_view model, const std::vector<std::string>& inputs,
                           int64_t dimensions, bool base64, const std::optional<Usage>& usage);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_EMBEDDING_ANSWER_H_
