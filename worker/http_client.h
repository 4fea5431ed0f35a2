// Makes HTTP calls to upstreams: many at a time, on one thread of its own, each exactly once.
//
// A call is sent at most once: neither this class nor the library below it repeats a request, also
// not one that the upstream says it has not begun with, and redirects are not followed.
// Certificates are verified. HTTP/2 is spoken where TLS agrees on it, HTTP/1.1 otherwise, and with
// an origin that has once turned away a call for being HTTP/2. Time limits are the call's own
// absolute deadlines; see CallDeadlines. Bounded: calls, head and body of an answer. Compressed
// answers are not asked for. Proxies are taken from the usual environment variables (https_proxy,
// no_proxy, …). The process must ignore SIGPIPE (BlockSignals does), since TLS connections that
// break may raise it.
#ifndef LULL_WORKER_HTTP_CLIENT_H_
#define LULL_WORKER_HTTP_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "worker/http_answer.h"
#include "worker/http_call.h"

namespace lull {

struct HttpClientOptions {
  int calls_max = 64;   // in flight and waiting to begin, together
  std::string ca_file;  // PEM file of the authorities to trust; empty: the system's
  std::string user_agent;
  // An idle connection older than this is not used again. Servers close theirs after some time, and
  // a request that crosses such a close is lost; the shortest usual time is 60 s behind load
  // balancers and 20 s for the rest.
  absl::Duration idle_connection_max = absl::Seconds(15);
  size_t head_bytes_max = 64 << 10;
  // Calls at the same time on one HTTP/2 connection, if the server allows as many; more open more
  // connections, so that not everything waits for the packets that one of them lost.
  int streams_max = 64;
};

class HttpClient {
 public:
  // Runs on the client's thread; must neither block nor destroy the client. May call Call and
  // Abort.
  using Done = std::function<void(HttpAnswer answer)>;

  // INVALID_ARGUMENT when the file of authorities cannot be read, FAILED_PRECONDITION when the
  // libcurl at hand cannot be kept from repeating requests, RESOURCE_EXHAUSTED without a free file
  // descriptor. `clock` outlives the client.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Start(const HttpClientOptions& options,
                                                           const Clock& clock);
  // Ends every call as kAborted and waits for its `done`.
  ~HttpClient();

  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Begins a call; `done` runs once. `id` is the caller's and differs from that of every call that
  // is not done. From any thread. RESOURCE_EXHAUSTED when `calls_max` calls are not done yet,
  // INVALID_ARGUMENT for an empty body; `done` is dropped then.
  absl::Status Call(uint64_t id, HttpCall call, Done done);

  // Ends the call of that id as kAborted soon, if it is not done by then. From any thread.
  void Abort(uint64_t id);

 private:
  class Loop;
  explicit HttpClient(std::unique_ptr<Loop> loop);

  const std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_WORKER_HTTP_CLIENT_H_
