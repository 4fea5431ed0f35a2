#include "server/config/upstream_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/url/upstream_url.h"
#include "server/config/calendar_check.h"
#include "server/config/class_check.h"
#include "server/config/decimal_micros.h"
#include "server/scheduler/plan.h"

namespace lull {
namespace {

constexpr int kMaxAccounts = 256;
constexpr int kMaxUpstreams = 256;
constexpr int kMaxRouteGroups = 256;
constexpr int kMaxModelsOfGroup = 256;
constexpr std::size_t kMaxModelBytes = 256;
constexpr int kMaxHeaders = 16;
constexpr std::size_t kMaxHeaderBytes = 256;
constexpr int kMaxTariffs = 64;
constexpr int kMaxPrices = 256;

// The worker's own, or such as would change where a body ends or who is asked.
constexpr absl::string_view kForbiddenHeaders[] = {
    "authorization",       "connection", "content-length",
    "content-type",        "expect",     "host",
    "proxy-authorization", "te",         "trailer",
    "transfer-encoding",   "upgrade",    "x-request-id"};

template <typename Things>
std::vector<std::string> NamesOf(const Things& things) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.push_back(thing.name());
  return names;
}

// A model name, which goes into JSON as it is.
void CheckModel(const std::string& path, const std::string& model, ConfigCheck* check) {
  const bool is_printable =
      std::all_of(model.begin(), model.end(), [](char c) { return !absl::ascii_iscntrl(c); });
  if (!model.empty() && model.size() <= kMaxModelBytes && is_printable) return;
  check->Wrong(path, absl::StrCat(QuotedValue(model), " is not a model name: from 1 to ",
                                  kMaxModelBytes, " bytes without control characters are allowed"));
}

void CheckAmount(const std::string& path, const std::string& text, ConfigCheck* check) {
  const absl::StatusOr<int64_t> micros = ParseDecimalMicros(text);
  if (!micros.ok()) check->Wrong(path, micros.status().message());
}

void CheckPrice(const std::string& path, const v1::Price& price, ConfigCheck* check) {
  if (price.input().empty()) check->MissingUnlessGiven(path + ".input");
  if (price.output().empty()) check->MissingUnlessGiven(path + ".output");
  CheckAmount(path + ".input", price.input(), check);
  CheckAmount(path + ".output", price.output(), check);
  if (!price.cached_input().empty()) {
    CheckAmount(path + ".cached_input", price.cached_input(), check);
  }
}

void CheckTariff(const std::string& path, const v1::Tariff& tariff, ConfigCheck* check) {
  CheckTimeZone(path + ".time_zone", tariff.time_zone(), check);
  CheckWindows(path + ".peak", tariff.peak(), check);
  CheckDays(path + ".off_peak_days", tariff.off_peak_days(), check);
  check->Count(path + ".prices", tariff.prices_size(), 0, kMaxPrices);
  for (int i = 0; i < tariff.prices_size(); ++i) {
    const std::string price_path = absl::StrCat(path, ".prices[", i, "]");
    const v1::ModelPrice& price = tariff.prices(i);
    CheckModel(price_path + ".model", price.model(), check);
    CheckPrice(price_path + ".price", price.price(), check);
    if (price.has_peak_price()) CheckPrice(price_path + ".peak_price", price.peak_price(), check);
  }
}

void CheckAccount(const std::string& path, const v1::AccountConfig& account, ConfigCheck* check) {
  check->Name(path + ".name", account.name());
  if (account.has_concurrency()) {
    check->Range(path + ".concurrency", account.concurrency(), 1, kMaxConcurrency);
  }
  CheckRateLimit(path + ".requests", account.has_requests(), account.requests(),
                 kMaxRequestsPerWindow, check);
  CheckRateLimit(path + ".tokens", account.has_tokens(), account.tokens(), kMaxTokensPerWindow,
                 check);
  check->Count(path + ".tariffs", account.tariffs_size(), 0, kMaxTariffs);
  for (int i = 0; i < account.tariffs_size(); ++i) {
    CheckTariff(absl::StrCat(path, ".tariffs[", i, "]"), account.tariffs(i), check);
  }
}

void CheckBaseUrl(const std::string& path, const v1::UpstreamConfig& upstream, ConfigCheck* check) {
  if (upstream.base_url().empty()) check->MissingUnlessGiven(path);
  const absl::StatusOr<UpstreamUrl> url = ParseUpstreamUrl(upstream.base_url());
  if (!url.ok()) return check->Wrong(path, url.status().message());
  if (url->tls || url->loopback || upstream.allow_plain_http()) return;
  check->Wrong(path,
               absl::StrCat("\"", url->origin,
                            "\" would be called without TLS; only https is allowed, except for "
                            "loopback addresses or with allow_plain_http: true"));
}

void CheckHeader(const std::string& path, const std::string& name, const std::string& value,
                 ConfigCheck* check) {
  const std::string lower = absl::AsciiStrToLower(name);
  const bool is_name = !name.empty() && name.size() <= kMaxHeaderBytes &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                         return absl::ascii_isalnum(c) || c == '-' || c == '_';
                       });
  if (!is_name) {
    return check->Wrong(path, absl::StrCat(QuotedValue(name), " is not a header's name: letters, ",
                                           "digits and \"-_\" are allowed"));
  }
  if (std::count(std::begin(kForbiddenHeaders), std::end(kForbiddenHeaders), lower) > 0) {
    return check->Wrong(path, "is a header that the worker sets itself or that may not be sent");
  }
  const bool is_value = value.size() <= kMaxHeaderBytes &&
                        std::all_of(value.begin(), value.end(), absl::ascii_isprint);
  if (!is_value) {
    check->Wrong(path, absl::StrCat("has a value that is not allowed: at most ", kMaxHeaderBytes,
                                    " printable ASCII characters are"));
  }
}

void CheckUpstream(const std::string& path, const v1::UpstreamConfig& upstream,
                   const std::vector<std::string>& accounts, ConfigCheck* check) {
  check->Name(path + ".name", upstream.name());
  CheckBaseUrl(path + ".base_url", upstream, check);
  if (!upstream.account().empty()) {
    check->Reference(path + ".account", upstream.account(), "account", accounts);
  }
  check->OptionalName(path + ".credential", upstream.credential());
  check->Tags(path + ".tags", upstream.tags());
  check->Tags(path + ".worker_tags", upstream.worker_tags());
  check->Count(path + ".headers", static_cast<int>(upstream.headers().size()), 0, kMaxHeaders);
  for (const auto& [name, value] : upstream.headers()) {
    CheckHeader(absl::StrCat(path, ".headers.", ShownValue(name)), name, value, check);
  }
}

void CheckRoutes(const std::string& path, const v1::RouteGroupConfig& group,
                 const std::vector<std::string>& upstreams, ConfigCheck* check) {
  check->Count(path + ".upstreams", group.upstreams_size(), 1, RouteGroup::kMaxMembers);
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < group.upstreams_size(); ++i) {
    const std::string route_path = absl::StrCat(path, ".upstreams[", i, "]");
    const v1::RouteConfig& route = group.upstreams(i);
    check->Reference(route_path + ".upstream", route.upstream(), "upstream", upstreams);
    check->Range(route_path + ".weight", route.weight(), 1, 1000);
    if (!route.model().empty()) CheckModel(route_path + ".model", route.model(), check);
    if (!seen.insert(absl::StrCat(route.upstream(), "\n", route.model())).second) {
      check->Wrong(route_path, "is in the list already with the same upstream and model");
    }
  }
}

// Every model goes to one group only.
void CheckModelsOfGroups(const v1::ServerConfig& config, ConfigCheck* check) {
  absl::flat_hash_map<std::string, std::string> served_by;
  for (int i = 0; i < config.route_groups_size(); ++i) {
    const v1::RouteGroupConfig& group = config.route_groups(i);
    const std::string path = absl::StrCat("route_groups[", i, "].models");
    check->Count(path, group.models_size(), 0, kMaxModelsOfGroup);
    for (int j = 0; j < group.models_size(); ++j) {
      const std::string model_path = absl::StrCat(path, "[", j, "]");
      CheckModel(model_path, group.models(j), check);
      const auto [other, is_new] = served_by.emplace(group.models(j), group.name());
      if (is_new) continue;
      check->Wrong(model_path, absl::StrCat(QuotedValue(group.models(j)),
                                            " is served already, by the route group ",
                                            QuotedValue(other->second)));
    }
  }
}

}  // namespace

void CheckUpstreams(const v1::ServerConfig& config, ConfigCheck* check) {
  const std::vector<std::string> accounts = NamesOf(config.accounts());
  const std::vector<std::string> upstreams = NamesOf(config.upstreams());
  const std::vector<std::string> groups = NamesOf(config.route_groups());
  check->Count("accounts", config.accounts_size(), 0, kMaxAccounts);
  check->Count("upstreams", config.upstreams_size(), 0, kMaxUpstreams);
  check->Count("route_groups", config.route_groups_size(), 0, kMaxRouteGroups);
  for (int i = 0; i < config.accounts_size(); ++i) {
    CheckAccount(absl::StrCat("accounts[", i, "]"), config.accounts(i), check);
  }
  for (int i = 0; i < config.upstreams_size(); ++i) {
    CheckUpstream(absl::StrCat("upstreams[", i, "]"), config.upstreams(i), accounts, check);
  }
  for (int i = 0; i < config.route_groups_size(); ++i) {
    const std::string path = absl::StrCat("route_groups[", i, "]");
    check->Name(path + ".name", config.route_groups(i).name());
    CheckRoutes(path, config.route_groups(i), upstreams, check);
  }
  check->DifferentNames("accounts", accounts);
  check->DifferentNames("upstreams", upstreams);
  check->DifferentNames("route_groups", groups);
  CheckModelsOfGroups(config, check);
}

}  // namespace lull
