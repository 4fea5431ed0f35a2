// What came of one HTTP call: the answer, or how far the call got.
#ifndef LULL_WORKER_HTTP_ANSWER_H_
#define LULL_WORKER_HTTP_ANSWER_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

enum class HttpEnd {
  kAnswered,               // the answer is complete
  kNotConnected,           // no connection: name, route, TLS, refused
  kConnectTimeout,         // no connection within the connect limit
  kBroke,                  // the connection broke; `began` says whether the answer had begun
  kStreamReset,            // HTTP/2: the upstream gave this one up; `began` need not be known
  kStreamRefused,          // HTTP/2: the upstream says that it has not begun with this one
  kFirstContentTimeout,    // nothing but keep-alive bytes within the first content limit
  kBetweenContentTimeout,  // the content stopped
  kTotalTimeout,           // the call took longer than the total limit
  kHeadTooLarge,           // the head of the answer is larger than allowed
  kBodyTooLarge,           // the body of the answer is larger than allowed
  kAborted,                // the caller gave it up
};

struct HttpAnswer {
  HttpEnd end = HttpEnd::kNotConnected;
  // Bytes of the request have left, so the upstream may have acted on it.
  bool written = false;
  // The status line of the answer has arrived; `status` and `headers` are set.
  bool began = false;
  // The end of the body was announced (Content-Length, chunks), so that a cut one is noticed. Not
  // so by HTTP/2 alone: now and then libcurl 7.88 takes a stream that was reset for one that has
  // ended.
  bool framed = false;
  int status = 0;
  HttpHeaders headers;
  // The body was a stream of events.
  bool streamed = false;
  // The body without the keep-alive lines before its content; of a stream what it adds up to, see
  // StreamedAnswer::TakeBody.
  std::string body;
  // For people: what went wrong below HTTP. Empty when the call was answered.
  std::string detail;
  // From handing the call over to sending the request; absent when nothing was sent.
  std::optional<absl::Duration> start_delay;
  // From sending the request to the first byte of content; absent when none came.
  std::optional<absl::Duration> time_to_first_content;
};

}  // namespace lull

#endif  // LULL_WORKER_HTTP_ANSWER_H_
