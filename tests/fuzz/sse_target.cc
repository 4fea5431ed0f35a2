// The same stream gives the same events in one piece, byte by byte, and cut by its own first byte.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "worker/sse_parser.h"

namespace {

constexpr size_t kEventBytesMax = 64;

using Result = std::pair<std::vector<std::string>, lull::SseParser::State>;

Result Parse(absl::string_view text, size_t piece) {
  Result result;
  lull::SseParser parser(kEventBytesMax);
  const auto take = [&](absl::string_view data) {
    if (data.empty() || data.size() > kEventBytesMax) abort();
    result.first.emplace_back(data);
    return data != "[DONE]";
  };
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    parser.Feed(text.substr(0, piece), take);
  }
  result.second = parser.End(take);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const Result whole = Parse(text, size);
  if (Parse(text, 1) != whole) abort();
  if (Parse(text, 1 + data[0] % 16) != whole) abort();
  return 0;
}
