#include "tools/busy_api/embedding_answer.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/busy_api/hash.h"
#include "tools/busy_api/json_text.h"

namespace lull {
namespace {

std::string LittleEndianBytes(const std::vector<float>& numbers) {
  std::string bytes;
  for (const float number : numbers) {
    uint32_t bits;
    std::memcpy(&bits, &number, sizeof(bits));
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
  }
  return bytes;
}

}  // namespace

std::vector<float> Embedding(absl::string_view input, int64_t dimensions) {
  const std::string digest = absl::HexStringToBytes(Sha256Hex(input));
  std::vector<float> numbers;
  numbers.reserve(static_cast<size_t>(dimensions));
  for (int64_t i = 0; i < dimensions; ++i) {
    const auto byte = static_cast<unsigned char>(digest[static_cast<size_t>(i) % digest.size()]);
    numbers.push_back(static_cast<float>(byte) / 127.5f - 1.0f);
  }
  return numbers;
}

std::string EmbeddingsJson(absl::string_view model, const std::vector<std::string>& inputs,
                           int64_t dimensions, bool base64, const std::optional<Usage>& usage) {
  std::string out = "{\"object\":\"list\",\"data\":[";
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<float> numbers = Embedding(inputs[i], dimensions);
    absl::StrAppend(&out, i == 0 ? "" : ",", "{\"object\":\"embedding\",\"index\":", i,
                    ",\"embedding\":");
    if (base64) {
      absl::StrAppend(&out, "\"", absl::Base64Escape(LittleEndianBytes(numbers)), "\"}");
    } else {
      absl::StrAppend(&out, "[",
                      absl::StrJoin(numbers, ",",
                                    [](std::string* text, float number) {
                                      absl::StrAppendFormat(text, "%.9g", number);
                                    }),
                      "]}");
    }
  }
  absl::StrAppend(&out, "],\"model\":", JsonString(model));
  if (usage.has_value()) {
    absl::StrAppend(&out, ",\"usage\":{\"prompt_tokens\":", usage->prompt_tokens,
                    ",\"total_tokens\":", usage->prompt_tokens, "}");
  }
  return absl::StrCat(out, "}");
}

}  // namespace lull
