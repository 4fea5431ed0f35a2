// Many HTTP calls at the same time, each made once.
#ifndef LULL_TOOLS_DEMO_CURL_POOL_H_
#define LULL_TOOLS_DEMO_CURL_POOL_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace lull {

struct PostRequest {
  std::string url;
  std::string body;
};

// What came of one call. It never retries.
struct PostResult {
  // 0: there was no answer.
  int http_status = 0;
  // Why there was none.
  std::string error;
};

struct PostOptions {
  int calls_max = 50;
  // Sent as bearer token; empty: none.
  std::string api_key;
  // CA certificates (PEM) to trust instead of the system's; empty: the system's.
  std::string ca_file;
};

// Asks `next` for requests, false meaning that there are no more, and makes them with never more
// than `calls_max` under way; `done` gets what came of each. Returns when all have ended. INTERNAL:
// libcurl cannot be used.
absl::Status PostAll(const PostOptions& options,
                     const std::function<bool(PostRequest* request)>& next,
                     const std::function<void(const PostResult& result)>& done);

}  // namespace lull

#endif  // LULL_TOOLS_DEMO_CURL_POOL_H_
