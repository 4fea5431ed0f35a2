// A small HTTP/1.1 server for trusted or proxied networks: no TLS, no HTTP/2, no files.
//
// Bounded in every direction: connections, header and body bytes, unsent bytes, and time (absolute
// deadlines for a request's head and body, so that dripping bytes does not hold a connection open).
// The handler runs on one of the server's threads and must not block; it answers through the
// responder, then or later.
#ifndef LULL_BASE_HTTP_HTTP_SERVER_H_
#define LULL_BASE_HTTP_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"
#include "base/http/http_responder.h"

namespace lull {

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // numeric IPv4 or IPv6
  int port = 0;                       // 0: the system picks a free one, see HttpServer::port()
  int threads = 1;                    // a connection stays on one thread for life
  int connections_max = 4096;         // one more gets 503 and is closed
  size_t header_bytes_max = 16 << 10;
  size_t body_bytes_max = 8 << 20;
  absl::Duration header_timeout =
      absl::Seconds(10);  // first byte of a request to the end of its head
  absl::Duration body_timeout = absl::Seconds(60);   // end of the head to the end of the body
  absl::Duration idle_timeout = absl::Seconds(75);   // between requests, and before the first
  absl::Duration write_timeout = absl::Seconds(30);  // for each 64 KiB that a client takes
  size_t write_buffer_bytes_max = 1 << 20;           // unsent bytes of one connection
};

using HttpHandler = std::function<void(HttpRequest request, HttpResponder responder)>;

struct HttpServerCounts {
  int64_t connections = 0;  // open now
  int64_t accepted = 0;     // since the start
  int64_t refused = 0;      // closed because of connections_max
  int64_t requests = 0;     // completely received
};

class HttpServer {
 public:
  // Listens and serves until Stop. INVALID_ARGUMENT for a bad option, UNAVAILABLE when the address
  // cannot be listened on.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                           HttpHandler handler);
  // Stops if Stop was not called.
  ~HttpServer();

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  HttpServerCounts counts() const;

  // Runs `callback` on the server's first thread. From any thread; dropped when the server stops.
  void RunAfter(absl::Duration delay, std::function<void()> callback);

  // Stops listening, closes idle connections, waits up to `grace` for answers that are under way,
  // then resets what is left and joins the threads. Not from a handler or callback. A second call
  // does nothing.
  void Stop(absl::Duration grace = absl::ZeroDuration());

 private:
  class Listener;
  explicit HttpServer(std::shared_ptr<Listener> listener);

  std::shared_ptr<Listener> listener_;
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_SERVER_H_
