// The body of an answer, whole or a stream: however it is cut, the same is kept of it, the same
// events are passed on, and it ends in the same way.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/string_view.h"
#include "worker/body_reader.h"
#include "worker/http_answer.h"

namespace {

constexpr int64_t kBytesMax = 2048;

// What is kept, what was passed on, the end that the reader asked for, whether the stream is done.
using Result = std::tuple<std::string, std::string, std::optional<lull::HttpEnd>, bool>;

// `piece` gives the length of the next piece.
template <typename Piece>
Result Read(absl::string_view text, bool stream, Piece piece) {
  std::string events;
  lull::BodyReader reader(kBytesMax);
  if (stream) {
    reader.BeginStream([&](absl::string_view event) { events.append(event.data(), event.size()); });
  }
  std::optional<lull::HttpEnd> end;
  while (!text.empty() && !end) {
    const size_t size = std::min(text.size(), std::max<size_t>(1, piece()));
    end = reader.Feed(text.substr(0, size)).end;
    text.remove_prefix(size);
  }
  const bool in_order = !end || *end == lull::HttpEnd::kAnswered;
  std::string body = reader.Take(in_order);
  if (body.size() > 8 * kBytesMax) abort();
  return {end == lull::HttpEnd::kBodyTooLarge ? "" : body, events, end, reader.stream_done()};
}

}  // namespace

// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const bool stream : {false, true}) {
    const Result whole = Read(text, stream, [&] { return text.size(); });
    if (Read(text, stream, [] { return size_t{1}; }) != whole) abort();
    uint32_t state = data[0] + 1u;
    const auto random = [&state] {
      state = state * 1664525u + 1013904223u;
      return size_t{state >> 27};
    };
    if (Read(text, stream, random) != whole) abort();
  }
  return 0;
}
