// A busy_api over real sockets, called as the worker calls it: planned, sent, classified.
#ifndef LULL_TESTS_WORKER_BUSY_UPSTREAM_H_
#define LULL_TESTS_WORKER_BUSY_UPSTREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/worker_service.pb.h"
#include "tests/tools/busy_api/busy_client.h"
#include "tests/worker/dead_ends.h"
#include "tests/worker/nginx_front.h"
#include "worker/call_plan.h"
#include "worker/http_client.h"

namespace lull {

inline constexpr char kBusyKey[] = "sk-canary-4f1d9c2e7b8a";

class BusyUpstream {
 public:
  enum class Via { kHttp11, kHttp2 };  // kHttp2: over TLS, through nginx

  explicit BusyUpstream(Via via = Via::kHttp11);
  // Fails the test unless all calls over HTTP/2 were that.
  ~BusyUpstream();

  struct Called {
    v1::AttemptResult result;
    int requests = 0;          // that the upstream received for it
    std::string content_hash;  // of the request's messages
  };
  struct Ask {
    std::string script;  // what answers it, or one of the dead ends
    bool stream = false;
    std::string path = "/v1/chat/completions";
    bool cancel = false;            // given up as soon as the upstream has received it
    bool runs_out_of_time = false;  // so that its limits are short
  };
  // Makes one call and waits for its end.
  Called Call(const Ask& ask);

 private:
  std::string UrlFor(absl::string_view script) const;
  v1::LeasedJob JobFor(const Ask& ask);
  void AwaitReceived();

  BusyClient busy_;
  std::unique_ptr<NginxFront> nginx_;
  const DeadEnds dead_ends_;
  CallRules rules_;
  std::unique_ptr<HttpClient> client_;
  uint64_t calls_ = 0;
  uint64_t ledger_next_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_BUSY_UPSTREAM_H_
