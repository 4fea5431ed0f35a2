#include "worker/metrics_port.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/url/host_port.h"

namespace lull {

absl::StatusOr<std::unique_ptr<MetricsPort>> MetricsPort::Start(const std::string& address,
                                                                const WorkerMetrics& metrics) {
  LULL_ASSIGN_OR_RETURN(const HostPort parsed, ParseHostPort(address));
  auto port = std::unique_ptr<MetricsPort>(new MetricsPort());
  port->router_.Add("GET", "/metrics", [&metrics](HttpRequest, HttpResponder responder) {
    HttpResponse response = TextResponse(200, metrics.Render());
    response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    responder.Reply(std::move(response));
  });
  port->router_.Add("GET", "/healthz", [](HttpRequest, HttpResponder responder) {
    responder.Reply(TextResponse(200, "ok\n"));
  });
  HttpServerOptions options;
  options.address = parsed.host == "localhost"
                        ? "127.0.0.1"
                        : std::string(absl::StripSuffix(absl::StripPrefix(parsed.host, "["), "]"));
  options.port = parsed.port;
  options.connections_max = 64;
  LULL_ASSIGN_OR_RETURN(
      port->server_, HttpServer::Start(options, [router = &port->router_](HttpRequest request,
                                                                          HttpResponder responder) {
        router->Handle(std::move(request), std::move(responder));
      }));
  port->address_ = absl::StrCat(parsed.host, ":", port->server_->port());
  return port;
}

}  // namespace lull
