#include "tools/busy_api/retry_hint.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lull {
namespace {

struct NamedForm {
  absl::string_view name;
  RetryHintForm form;
};

constexpr NamedForm kForms[] = {
    {"none", RetryHintForm::kNone},
    {"retry_after_ms", RetryHintForm::kRetryAfterMs},
    {"retry_after_s", RetryHintForm::kRetryAfterSeconds},
    {"retry_after_fraction", RetryHintForm::kRetryAfterFraction},
    {"retry_after_date", RetryHintForm::kRetryAfterDate},
    {"ms_retry_after_ms", RetryHintForm::kMsRetryAfterMs},
    {"body_retry_after", RetryHintForm::kBodyRetryAfter},
    {"google_retry_info", RetryHintForm::kGoogleRetryInfo},
    {"negative", RetryHintForm::kNegative},
    {"absurd", RetryHintForm::kAbsurd},
    {"garbage", RetryHintForm::kGarbage},
};

std::string Seconds(absl::Duration delay) {
  return absl::StrFormat("%.6g", absl::ToDoubleSeconds(delay));
}

}  // namespace

absl::StatusOr<RetryHintForm> ParseRetryHintForm(absl::string_view name) {
  for (const NamedForm& known : kForms) {
    if (known.name == name) return known.form;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no form of a delay hint; there are ",
                   absl::StrJoin(kForms, ", ", [](std::string* out, const NamedForm& known) {
                     absl::StrAppend(out, known.name);
                   })));
}

void AddRetryHeader(RetryHintForm form, absl::Duration delay, absl::Time now,
                    HttpHeaders* headers) {
  switch (form) {
    case RetryHintForm::kRetryAfterMs:
      headers->Add("retry-after-ms", absl::StrCat(absl::ToInt64Milliseconds(delay)));
      break;
    case RetryHintForm::kRetryAfterSeconds:
      headers->Add("retry-after",
                   absl::StrCat(absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1)))));
      break;
    case RetryHintForm::kRetryAfterFraction:
      headers->Add("retry-after", Seconds(delay));
      break;
    case RetryHintForm::kRetryAfterDate:
      headers->Add("retry-after",
                   absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                                    now + delay + absl::Seconds(1) - absl::Nanoseconds(1),
                                    absl::UTCTimeZone()));
      break;
    case RetryHintForm::kMsRetryAfterMs:
      headers->Add("x-ms-retry-after-ms", absl::StrCat(absl::ToInt64Milliseconds(delay)));
      break;
    case RetryHintForm::kNegative:
      headers->Add("retry-after", "-5");
      break;
    case RetryHintForm::kAbsurd:
      headers->Add("retry-after", "99999999999999999999");
      break;
    case RetryHintForm::kGarbage:
      headers->Add("retry-after", "soon");
      break;
    case RetryHintForm::kNone:
    case RetryHintForm::kBodyRetryAfter:
    case RetryHintForm::kGoogleRetryInfo:
      break;
  }
}

std::string RetryBodyMembers(RetryHintForm form, absl::Duration delay) {
  if (form == RetryHintForm::kBodyRetryAfter) {
    return absl::StrCat(",\"retry_after\":", Seconds(delay));
  }
  if (form == RetryHintForm::kGoogleRetryInfo) {
    return absl::StrCat(",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",",
                        "\"retryDelay\":\"", Seconds(delay), "s\"}]");
  }
  return "";
}

}  // namespace lull
