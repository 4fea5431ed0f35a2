#include "tools/busy_api/error_body.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/busy_api/json_text.h"

namespace lull {
namespace {

absl::string_view GoogleStatus(int status) {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 503:
      return "UNAVAILABLE";
    case 504:
      return "DEADLINE_EXCEEDED";
    default:
      return "INTERNAL";
  }
}

// Google's API for OpenAI's clients wraps its error object in an array.
std::string GoogleBody(const ErrorFacts& facts, absl::string_view retry_members) {
  std::string details(retry_members);
  if (!facts.code.empty()) {
    const std::string violation = absl::StrCat(
        "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":",
        JsonString(facts.code), "}]}");
    constexpr absl::string_view kDetails = ",\"details\":[";
    if (details.find(std::string(kDetails)) == 0) {
      details.insert(kDetails.size(), absl::StrCat(violation, ","));
    } else {
      absl::StrAppend(&details, kDetails, violation, "]");
    }
  }
  return absl::StrCat("[{\"error\":{\"code\":", facts.status,
                      ",\"message\":", JsonString(facts.message), ",\"status\":\"",
                      GoogleStatus(facts.status), "\"", details, "}}]");
}

}  // namespace

std::string ErrorBody(absl::string_view dialect, const ErrorFacts& facts) {
  const std::string retry = RetryBodyMembers(facts.hint, facts.hint_delay);
  const std::string message = JsonString(facts.message);
  if (dialect == "google") return GoogleBody(facts, retry);
  if (dialect == "anthropic") {
    return absl::StrCat("{\"type\":\"error\",\"error\":{\"type\":", JsonString(facts.type),
                        ",\"message\":", message, retry, "}}");
  }
  if (dialect == "openrouter") {
    int number = 0;
    const int code = absl::SimpleAtoi(facts.code, &number) ? number : facts.status;
    return absl::StrCat("{\"error\":{\"message\":", message, ",\"code\":", code,
                        ",\"metadata\":{\"provider_name\":\"busy\"}", retry, "}}");
  }
  return absl::StrCat(
      "{\"error\":{\"message\":", message,
      ",\"type\":", facts.type.empty() ? "null" : JsonString(facts.type), ",\"param\":null,",
      "\"code\":", facts.code.empty() ? "null" : JsonString(facts.code), retry, "}}");
}

}  // namespace lull
