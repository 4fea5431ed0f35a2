#include "base/http/http_router.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace lull {

void HttpRouter::Add(absl::string_view method, absl::string_view path, HttpHandler handler) {
  const bool prefix = absl::EndsWith(path, "/*");
  auto& table = prefix ? prefixes_ : exact_;
  table[std::string(prefix ? absl::StripSuffix(path, "*") : path)].handlers.emplace_back(
      std::string(method), std::move(handler));
}

const HttpRouter::Methods* HttpRouter::FindPath(absl::string_view path) const {
  if (const auto found = exact_.find(std::string(path)); found != exact_.end()) {
    return &found->second;
  }
  for (size_t end = path.rfind('/'); end != absl::string_view::npos;
       end = end == 0 ? absl::string_view::npos : path.rfind('/', end - 1)) {
    const auto found = prefixes_.find(std::string(path.substr(0, end + 1)));
    if (found != prefixes_.end()) return &found->second;
  }
  return nullptr;
}

void HttpRouter::Handle(HttpRequest request, HttpResponder responder) const {
  const Methods* methods = FindPath(request.path);
  if (methods == nullptr) {
    responder.Reply(TextResponse(404, "Not Found\n"));
    return;
  }
  const std::string& wanted = request.method == "HEAD" ? "GET" : request.method;
  std::vector<std::string> allowed;
  for (const auto& [method, handler] : methods->handlers) {
    if (method == wanted || method == request.method) {
      handler(std::move(request), std::move(responder));
      return;
    }
    allowed.push_back(method);
  }
  HttpResponse response = TextResponse(405, "Method Not Allowed\n");
  response.headers.Add("Allow", absl::StrJoin(allowed, ", "));
  responder.Reply(std::move(response));
}

}  // namespace lull
