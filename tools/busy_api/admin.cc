#include "tools/busy_api/admin.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/busy_api/json_text.h"
#include "tools/busy_api/settings.h"

namespace lull {
namespace {

constexpr uint64_t kLedgerLimit = 10000;

void ReplyBad(absl::string_view message, HttpResponder responder) {
  responder.Reply(JsonResponse(400, absl::StrCat("{\"error\":", JsonString(message), "}\n")));
}

void ReplyLedger(const Ledger& ledger, const HttpRequest& request, HttpResponder responder) {
  uint64_t after = 0;
  uint64_t limit = kLedgerLimit;
  const std::string after_text = request.QueryParameter("after").value_or("0");
  const std::string limit_text =
      request.QueryParameter("limit").value_or(absl::StrCat(kLedgerLimit));
  if (!absl::SimpleAtoi(after_text, &after)) {
    ReplyBad(absl::StrCat("after is \"", after_text, "\", it must be a call number"), responder);
  } else if (!absl::SimpleAtoi(limit_text, &limit)) {
    ReplyBad(absl::StrCat("limit is \"", limit_text, "\", it must be a number"), responder);
  } else {
    responder.Reply(JsonResponse(200, ledger.JsonAfter(after, std::min(limit, kLedgerLimit))));
  }
}

}  // namespace

void AddAdminRoutes(Provider& provider, const Ledger& ledger, std::function<void()> shutdown,
                    HttpRouter* router) {
  router->Add("GET", "/busy/stats", [&provider](HttpRequest, HttpResponder responder) {
    responder.Reply(JsonResponse(200, provider.StatsJson()));
  });
  router->Add("GET", "/busy/ledger", [&ledger](HttpRequest request, HttpResponder responder) {
    ReplyLedger(ledger, request, std::move(responder));
  });
  router->Add("GET", "/busy/settings", [&provider](HttpRequest, HttpResponder responder) {
    responder.Reply(JsonResponse(200, SettingsJson(provider.settings())));
  });
  router->Add("POST", "/busy/settings", [&provider](HttpRequest request, HttpResponder responder) {
    if (absl::Status status = MergeSettings(request.body, &provider.settings()); !status.ok()) {
      ReplyBad(status.message(), std::move(responder));
    } else {
      responder.Reply(JsonResponse(200, SettingsJson(provider.settings())));
    }
  });
  router->Add("POST", "/busy/shutdown",
              [shutdown = std::move(shutdown)](HttpRequest, HttpResponder responder) {
                responder.Reply(JsonResponse(200, "{}\n"));
                shutdown();
              });
}

}  // namespace lull
