// The answer to one HTTP request. A handler gets one per request and may answer at once, later, or
// from another thread.
//
// A responder is a cheap handle: copies answer the same request. Every method may be called from
// any thread; calls made by one thread take effect in that order. Calls after the answer has ended,
// or after the connection is gone, do nothing. When the last copy disappears before an answer was
// begun, the client gets a 500; in the middle of a streamed answer, the connection is closed, so
// that the client sees the answer as incomplete.
#ifndef LULL_BASE_HTTP_HTTP_RESPONDER_H_
#define LULL_BASE_HTTP_HTTP_RESPONDER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

class HttpExchange;

enum class HttpWrite {
  kTaken,  // will be sent
  kFull,   // not taken: the connection's write buffer is full; wait with OnWritable
  kGone,   // not taken: the connection is gone or the answer has ended
};

class HttpResponder {
 public:
  explicit HttpResponder(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}

  // The whole answer.
  void Reply(HttpResponse response);

  // A streamed answer: Start, any number of Write, End. The body is chunked (to an HTTP/1.0 client
  // it ends with the connection). An empty Write is taken and sends nothing.
  void Start(int status, HttpHeaders headers);
  HttpWrite Write(std::string bytes);
  void End();

  // For answers that are broken on purpose. After StartRaw, Write sends bytes as they are, status
  // line included; End keeps the connection for the next request.
  void StartRaw();
  // Sends what was written, then closes the connection, wherever the answer stands.
  void Close();
  // Drops what was not sent yet and resets the connection (RST).
  void Abort();

  // `callback` runs once, on the server's thread, when the client closes its side or the connection
  // breaks before the answer has ended. A client that only closed its sending side still gets the
  // answer. The callback must not own a copy of this responder if the 500 described above is
  // wanted.
  void OnDisconnect(std::function<void()> callback);
  // `callback` runs once, on the server's thread, when the write buffer is less than half full, or
  // the connection is gone (the next Write tells). At once if that is so already.
  void OnWritable(std::function<void()> callback);

  // Runs `callback` on the thread that serves this connection. Dropped when the server stops.
  // Costs no system call; tens of thousands may wait.
  void RunAfter(absl::Duration delay, std::function<void()> callback);

  // True once the client is known to be gone.
  bool gone() const;

 private:
  std::shared_ptr<HttpExchange> exchange_;
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_RESPONDER_H_
