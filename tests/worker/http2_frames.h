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
enum class Http2Error : uint8_t {
  kNone = 0,
  kInternal = 2,
  kRefusedStream = 7,
  kCancel = 8,
  kHttp11Required = 13
};

std::string HeadFrame(uint32_t stream, int status);  // 200 or 503
std::string DataFrame(uint32_t stream, absl::string_view data, bool last = false);
std::string ResetFrame(uint32_t stream, Http2Error error);
// The streams above `last_stream` are not going to be served, nor any that are begun later.
std::string GoAwayFrame(uint32_t last_stream, Http2Error error);
// A whole answer: 200 with this body.
std::string AnswerFrames(uint32_t stream, absl::string_view body);

// What is sent at once is read at once. False: the connection is to be closed.
using AnswerStream = std::function<bool(RawConnection& connection, uint32_t stream)>;
// Serves a connection of a RawServer that speaks HTTP/2, until the client has closed it or one of
// these says so: `on_head` when a request has begun, `on_request` when it is there as a whole. No
// more of a request's body is let in than the first 65,535 bytes of the connection.
void ServeFrames(RawConnection& connection, const AnswerStream& on_head,
                 const AnswerStream& on_request);

}  // namespace lull

#endif  // LULL_TESTS_WORKER_HTTP2_FRAMES_H_
