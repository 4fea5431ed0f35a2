#include "server/http/routes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/build_info.h"

namespace lull {
namespace {

HttpResponse Index() {
  return TextResponse(200, absl::StrCat("lull-server ", kVersion,
                                        "\n\n"
                                        "/healthz   200 while jobs are taken, else 503\n"
                                        "/metrics   for Prometheus\n"));
}

}  // namespace

void AddRoutes(MetricsPage* metrics, std::function<bool()> healthy, HttpRouter* router) {
  router->Add("GET", "/", [](HttpRequest, HttpResponder responder) { responder.Reply(Index()); });
  router->Add("GET", "/healthz",
              [healthy = std::move(healthy)](HttpRequest, HttpResponder responder) {
                const bool up = healthy();
                responder.Reply(TextResponse(up ? 200 : 503, up ? "ok\n" : "not serving\n"));
              });
  router->Add("GET", "/metrics", [metrics](HttpRequest, HttpResponder responder) {
    metrics->Serve(std::move(responder));
  });
}

}  // namespace lull
