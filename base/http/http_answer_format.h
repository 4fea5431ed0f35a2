// How one answer is laid out in bytes: head, framing of the body, and whether the connection can
// serve another request after it. A value without I/O. Internal to base/http.
#ifndef LULL_BASE_HTTP_HTTP_ANSWER_FORMAT_H_
#define LULL_BASE_HTTP_HTTP_ANSWER_FORMAT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/http/http_message.h"

namespace lull {

class HttpAnswerFormat {
 public:
  struct Request {
    bool is_head = false;     // the answer has no body
    bool http_1_0 = false;    // chunked bodies are not understood
    bool keep_alive = false;  // the client allows another request on the connection
  };

  HttpAnswerFormat() = default;
  explicit HttpAnswerFormat(const Request& request)
      : request_(request), keep_alive_(request.keep_alive) {}

  // Each returns the bytes to send. Whole, or Start, or StartRaw comes first and once.
  std::string Whole(HttpResponse response, absl::string_view date);
  std::string Start(int status, HttpHeaders headers, absl::string_view date);
  void StartRaw() { framing_ = Framing::kRaw; }
  std::string Piece(std::string bytes) const;
  std::string End() const;

  bool started() const { return framing_ != Framing::kNone; }
  bool keep_alive() const { return keep_alive_; }
  void CloseAfterwards() { keep_alive_ = false; }

 private:
  enum class Framing { kNone, kWhole, kChunked, kUntilClose, kRaw };

  std::string Head(int status, HttpHeaders headers, absl::string_view date);

  Request request_;
  Framing framing_ = Framing::kNone;
  bool keep_alive_ = false;
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_ANSWER_FORMAT_H_
