// An HTTP/2 connection whose every frame a test decides: for what no well-behaved server sends.
#ifndef LULL_TESTS_WORKER_HTTP2_FRAMES_H_
#define LULL_TESTS_WORKER_HTTP2_FRAMES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/worker/raw_server.h"

namespace lull {

// RFC 9113, section 7.
enum class Http2Error : uint8_t { kNone = 0, kInternal = 2, kRefusedStream = 7, kCancel = 8 };

std::string HeadFrame(uint32_t stream, int status);  // 200 or 503
std::string DataFrame(uint32_t stream, absl::string_view data);
std::string ResetFrame(uint32_t stream, Http2Error error);

// Reads whole requests and answers each by `answer`, which sends the frames: what is sent at once
// is read at once. Returns when the client has closed. For a RawServer that speaks HTTP/2.
using AnswerStream = std::function<void(RawConnection& connection, uint32_t stream)>;
void ServeFrames(RawConnection& connection, const AnswerStream& answer);

}  // namespace lull

#endif  // LULL_TESTS_WORKER_HTTP2_FRAMES_H_
