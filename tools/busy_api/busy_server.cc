#include "tools/busy_api/busy_server.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/http/http_router.h"
#include "base/http/http_server.h"
#include "base/status_macros.h"
#include "tools/busy_api/admin.h"
#include "tools/busy_api/json_text.h"
#include "tools/busy_api/ledger.h"
#include "tools/busy_api/provider.h"

namespace lull {
namespace {

// The list of the setting `models`; without one, a model that stands for any.
std::string ModelListJson(absl::string_view models) {
  std::vector<std::string> entries;
  for (absl::string_view model :
       absl::StrSplit(models.empty() ? "busy-model" : models, ',', absl::SkipEmpty())) {
    entries.push_back(absl::StrCat("{\"id\":", JsonString(absl::StripAsciiWhitespace(model)),
                                   ",\"object\":\"model\",\"created\":0,\"owned_by\":\"busy\"}"));
  }
  return absl::StrCat("{\"object\":\"list\",\"data\":[", absl::StrJoin(entries, ","), "]}\n");
}

}  // namespace

BusyServer::BusyServer(std::unique_ptr<Ledger> ledger, const BusyServerOptions& options,
                       const Clock& clock)
    : address_(options.address),
      ledger_(std::move(ledger)),
      provider_(std::make_unique<Provider>(clock, options.seed, options.settings,
                                           options.clock_start, *ledger_)),
      router_(std::make_unique<HttpRouter>()) {
  AddAdminRoutes(*provider_, *ledger_, options.on_shutdown, router_.get());
  AddApiRoutes(router_.get());
}

void BusyServer::AddApiRoutes(HttpRouter* router) {
  const auto add_calls = [&](absl::string_view path, Call::Kind kind) {
    router->Add("POST", path, [this, kind](HttpRequest request, HttpResponder responder) {
      provider_->Handle(kind, "", std::move(request), std::move(responder));
    });
  };
  add_calls("/v1/chat/completions", Call::Kind::kChat);
  add_calls("/v1/embeddings", Call::Kind::kEmbeddings);
  const auto list_models = [this](HttpResponder responder) {
    responder.Reply(JsonResponse(200, ModelListJson(provider_->settings().models)));
  };
  router->Add("GET", "/v1/models", [list_models](HttpRequest, HttpResponder responder) {
    list_models(std::move(responder));
  });
  router->Add("GET", "/region/*", [list_models](HttpRequest request, HttpResponder responder) {
    if (absl::EndsWith(request.path, "/v1/models")) return list_models(std::move(responder));
    responder.Reply(TextResponse(404, "Not Found\n"));
  });
  router->Add("POST", "/region/*", [this](HttpRequest request, HttpResponder responder) {
    const std::vector<std::string> parts =
        absl::StrSplit(request.path, absl::MaxSplits('/', 3));  // "", region, NAME, rest
    const std::string rest = parts.size() > 3 ? parts[3] : "";
    if (rest == "v1/chat/completions") {
      provider_->Handle(Call::Kind::kChat, parts[2], std::move(request), std::move(responder));
    } else if (rest == "v1/embeddings") {
      provider_->Handle(Call::Kind::kEmbeddings, parts[2], std::move(request),
                        std::move(responder));
    } else {
      responder.Reply(TextResponse(404, "Not Found\n"));
    }
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
  http.idle_timeout = options.idle_timeout;
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
