// Chooses a handler by method and path. Filled before the server starts, read-only afterwards, so
// Handle may be called from any number of threads.
#ifndef LULL_BASE_HTTP_HTTP_ROUTER_H_
#define LULL_BASE_HTTP_HTTP_ROUTER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "base/http/http_message.h"
#include "base/http/http_server.h"

namespace lull {

class HttpRouter {
 public:
  // `path` is exact, or ends in "/*" and takes every path below it. An exact path wins, then the
  // longest prefix. GET also serves HEAD.
  void Add(absl::string_view method, absl::string_view path, HttpHandler handler);

  // 404 when no path fits, 405 with Allow when one does but not the method.
  void Handle(HttpRequest request, HttpResponder responder) const;

 private:
  struct Methods {
    std::vector<std::pair<std::string, HttpHandler>> handlers;
  };

  const Methods* FindPath(absl::string_view path) const;

  absl::flat_hash_map<std::string, Methods> exact_;
  absl::flat_hash_map<std::string, Methods> prefixes_;  // with the last '/', without '*'
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_ROUTER_H_
