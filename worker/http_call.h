// One HTTP call to make: a POST with a body.
#ifndef LULL_WORKER_HTTP_CALL_H_
#define LULL_WORKER_HTTP_CALL_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"
#include "worker/secret.h"

namespace lull {

// Each limit is counted from a fixed moment, and nothing but content moves that moment. Positive;
// absl::InfiniteDuration() is no limit.
struct HttpTimeLimits {
  absl::Duration connect = absl::InfiniteDuration();          // from the start, TLS included
  absl::Duration first_content = absl::InfiniteDuration();    // from sending the request
  absl::Duration between_content = absl::InfiniteDuration();  // from the last content
  absl::Duration total = absl::InfiniteDuration();            // from the start
};

struct HttpCall {
  std::string url;  // http(s); as ParseUpstreamUrl and JoinUpstreamUrl made it
  // Without Authorization, Host, Content-Length, Transfer-Encoding, Connection and Expect, which
  // are the client's. CR, LF and NUL in names or values become spaces.
  HttpHeaders headers;
  Secret bearer;     // sent as "Authorization: Bearer …" unless empty
  std::string body;  // not empty
  HttpTimeLimits time_limits;
  int64_t response_bytes_max = 16 << 20;
  bool plain_http_allowed = false;  // else only https is spoken
  bool direct = false;              // not through a proxy, whatever the environment says
  // Gets the parts of a streamed answer as they arrive, see BodyReader::BeginStream; on the
  // client's thread, where it must not block. Empty: nobody wants them.
  std::function<void(absl::string_view event)> on_event;
};

}  // namespace lull

#endif  // LULL_WORKER_HTTP_CALL_H_
