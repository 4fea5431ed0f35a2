// Turns the bytes of a connection into requests. Knows limits, not sockets or time.
#ifndef LULL_BASE_HTTP_HTTP_REQUEST_READER_H_
#define LULL_BASE_HTTP_HTTP_REQUEST_READER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/http/http_message.h"

namespace lull {

class HttpRequestReader {
 public:
  enum class State {
    kEmpty,   // no byte of a request yet
    kHead,    // inside the status line or header fields
    kBody,    // the head is complete
    kDone,    // TakeRequest may be called
    kFailed,  // the connection is beyond repair: answer error_status() and close
  };

  HttpRequestReader(size_t header_bytes_max, size_t body_bytes_max);
  ~HttpRequestReader();

  // Consumes what it can from the front of `bytes` and returns how much; the rest must be given
  // again with more behind it. Stops after one request.
  size_t Feed(absl::string_view bytes);

  State state() const { return state_; }
  // 400, 413 or 431 in state kFailed.
  int error_status() const { return error_status_; }
  // In kBody: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  // In kDone: the client speaks HTTP/1.0, resp. allows another request on the connection.
  bool http_1_0() const;
  bool keep_alive() const;

  // In kDone: the request without peer and connection; the reader starts over.
  HttpRequest TakeRequest();

 private:
  struct Parser;

  const size_t header_bytes_max_;
  const size_t body_bytes_max_;
  std::unique_ptr<Parser> parser_;
  State state_ = State::kEmpty;
  int error_status_ = 0;
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_REQUEST_READER_H_
