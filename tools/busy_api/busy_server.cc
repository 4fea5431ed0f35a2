#include "tools/busy_api/busy_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/http/http_router.h"
#include "base/http/http_server.h"
#include "base/status_macros.h"
#include "tools/busy_api/admin.h"
#include "tools/busy_api/ledger.h"
#include "tools/busy_api/provider.h"

namespace lull {

BusyServer::BusyServer(std::unique_ptr<Ledger> ledger, const BusyServerOptions& options,
                       const Clock& clock)
    : address_(options.address),
      ledger_(std::move(ledger)),
      provider_(std::make_unique<Provider>(clock, options.seed, options.settings, *ledger_)),
      router_(std::make_unique<HttpRouter>()) {
  AddAdminRoutes(*provider_, *ledger_, options.on_shutdown, router_.get());
  router_->Add("POST", "/v1/chat/completions",
               [this](HttpRequest request, HttpResponder responder) {
                 provider_->Handle(Call::Kind::kChat, std::move(request), std::move(responder));
               });
}

BusyServer::~BusyServer() { Stop(); }

absl::StatusOr<std::unique_ptr<BusyServer>> BusyServer::Start(const BusyServerOptions& options,
                                                              const Clock& clock) {
  LULL_RETURN_IF_ERROR(ValidateSettings(options.settings));
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger,
                        Ledger::Open(options.ledger_file, options.ledger_kept));
  std::unique_ptr<BusyServer> busy(new BusyServer(std::move(ledger), options, clock));
  HttpServerOptions http;
  http.address = options.address;
  http.port = options.port;
  // One thread: the provider needs no lock, and what happens by chance has one order.
  http.threads = 1;
  http.connections_max = 20000;
  http.body_bytes_max = 64 << 20;
  LULL_ASSIGN_OR_RETURN(busy->server_,
                        HttpServer::Start(http, [router = busy->router_.get()](
                                                    HttpRequest request, HttpResponder responder) {
                          router->Handle(std::move(request), std::move(responder));
                        }));
  return busy;
}

int BusyServer::port() const { return server_->port(); }

std::string BusyServer::url() const { return absl::StrCat("http://", address_, ":", port()); }

void BusyServer::Stop(absl::Duration grace) {
  if (server_ != nullptr) server_->Stop(grace);
}

}  // namespace lull
