#include "tests/worker/http2_frames.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr size_t kPrefaceBytes = 24;
constexpr size_t kFrameHeadBytes = 9;
constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kGoAway = 7;
constexpr uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4;

void AppendNumber(uint32_t number, int bytes, std::string* out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(number >> shift));
  }
}

uint32_t Number(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  std::string frame;
  AppendNumber(static_cast<uint32_t>(payload.size()), 3, &frame);
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  AppendNumber(stream, 4, &frame);
  return absl::StrCat(frame, payload);
}

}  // namespace

std::string HeadFrame(uint32_t stream, int status) {
  // HPACK: 200 is entry 8 of the static table, others are a literal for the name of entry 8.
  const std::string field = status == 200 ? std::string("\x88") : absl::StrCat("\x48\x03", status);
  return Frame(kHeaders, kEndHeaders, stream, field);
}

std::string DataFrame(uint32_t stream, absl::string_view data, bool last) {
  return Frame(kData, last ? kEndStream : 0, stream, data);
}

std::string ResetFrame(uint32_t stream, Http2Error error) {
  std::string code;
  AppendNumber(static_cast<uint32_t>(error), 4, &code);
  return Frame(kReset, 0, stream, code);
}

std::string GoAwayFrame(uint32_t last_stream, Http2Error error) {
  std::string payload;
  AppendNumber(last_stream, 4, &payload);
  AppendNumber(static_cast<uint32_t>(error), 4, &payload);
  return Frame(kGoAway, 0, 0, payload);
}

std::string AnswerFrames(uint32_t stream, absl::string_view body) {
  return absl::StrCat(HeadFrame(stream, 200), DataFrame(stream, body, /*last=*/true));
}

void ServeFrames(RawConnection& connection, const AnswerStream& on_head,
                 const AnswerStream& on_request) {
  if (!connection.ReadBytes(kPrefaceBytes)) return;
  connection.Send(Frame(kSettings, 0, 0, ""));
  while (const std::optional<std::string> head = connection.ReadBytes(kFrameHeadBytes)) {
    const absl::string_view bytes = *head;
    if (!connection.ReadBytes(Number(bytes.substr(0, 3)))) return;
    const uint8_t type = static_cast<uint8_t>(bytes[3]);
    const uint8_t flags = static_cast<uint8_t>(bytes[4]);
    const uint32_t stream = Number(bytes.substr(5));
    const bool is_part = type == kData || type == kHeaders;
    if (type == kSettings && (flags & kAck) == 0) connection.Send(Frame(kSettings, kAck, 0, ""));
    if (type == kHeaders && !on_head(connection, stream)) return;
    if (is_part && (flags & kEndStream) != 0 && !on_request(connection, stream)) return;
  }
}

}  // namespace lull
