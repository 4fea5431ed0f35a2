#include "tools/busy_api/admin.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tools/busy_api/json_text.h"
#include "tools/busy_api/preset.h"
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

// {"set": RFC 3339} or {"advance_s": number}.
absl::Status MoveClock(absl::string_view text, Provider* provider) {
  const auto object =
      nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const bool one_member = object.is_object() && object.size() == 1;
  if (one_member && object.contains("set") && object["set"].is_string()) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, object["set"].get<std::string>(), &time, &error)) {
      return absl::InvalidArgumentError(absl::StrCat("set: ", error));
    }
    provider->SetVirtualNow(time);
    return absl::OkStatus();
  }
  if (one_member && object.contains("advance_s") && object["advance_s"].is_number()) {
    provider->SetVirtualNow(provider->virtual_now() +
                            absl::Seconds(object["advance_s"].get<double>()));
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "write {\"set\": \"2026-01-02T03:04:05Z\"} or {\"advance_s\": 3600}");
}

void AddScriptRoutes(Provider& provider, HttpRouter* router) {
  router->Add("GET", "/busy/scripts", [&provider](HttpRequest, HttpResponder responder) {
    responder.Reply(JsonResponse(200, provider.scripts().Json()));
  });
  router->Add("POST", "/busy/scripts", [&provider](HttpRequest request, HttpResponder responder) {
    const absl::StatusOr<int64_t> id = provider.scripts().Add(request.body);
    if (!id.ok()) {
      ReplyBad(id.status().message(), std::move(responder));
    } else {
      responder.Reply(JsonResponse(200, absl::StrCat("{\"id\":", *id, "}\n")));
    }
  });
  router->Add("DELETE", "/busy/scripts", [&provider](HttpRequest, HttpResponder responder) {
    provider.scripts().Clear();
    responder.Reply(JsonResponse(200, "{}\n"));
  });
  router->Add("GET", "/busy/presets", [](HttpRequest, HttpResponder responder) {
    responder.Reply(JsonResponse(200, PresetsJson()));
  });
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
    if (absl::Status status = provider.ChangeSettings(request.body); !status.ok()) {
      ReplyBad(status.message(), std::move(responder));
    } else {
      responder.Reply(JsonResponse(200, SettingsJson(provider.settings())));
    }
  });
  router->Add("POST", "/busy/clock", [&provider](HttpRequest request, HttpResponder responder) {
    if (absl::Status status = MoveClock(request.body, &provider); !status.ok()) {
      ReplyBad(status.message(), std::move(responder));
    } else {
      responder.Reply(JsonResponse(200, provider.StatsJson()));
    }
  });
  AddScriptRoutes(provider, router);
  router->Add("POST", "/busy/shutdown",
              [shutdown = std::move(shutdown)](HttpRequest, HttpResponder responder) {
                responder.Reply(JsonResponse(200, "{}\n"));
                shutdown();
              });
}

}  // namespace lull
