#include "server/services/get_usage.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "base/status_macros.h"
#include "server/api/field_check.h"
#include "server/api/quoted.h"
#include "server/api/violations.h"

namespace lull {
namespace {

constexpr int kDefaultPage = 1000;
constexpr int kMaxPage = 10'000;
constexpr int kDefaultDays = 30;
constexpr size_t kDaySize = 10;
constexpr absl::CivilDay kEpoch(1970, 1, 1);

std::string DayText(int32_t day) { return absl::FormatCivilTime(kEpoch + day); }

// `otherwise` where it is empty.
int32_t ReadDay(const char* field, const std::string& text, int32_t otherwise,
                Violations* violations) {
  if (text.empty()) return otherwise;
  absl::CivilDay day;
  // The parser takes more spellings than one, and years that no 32 bits of days reach.
  if (text.size() == kDaySize && absl::ParseCivilTime(text, &day) &&
      absl::FormatCivilTime(day) == text) {
    return static_cast<int32_t>(day - kEpoch);
  }
  violations->Add(field,
                  absl::StrCat("is ", Quoted(text), ", which is no day; write it like 2026-11-27"));
  return otherwise;
}

// The model last: it may hold anything.
std::string PositionAt(const UsageAdded& row) {
  return absl::StrCat(row.day, "\n", row.tenant, "\n", row.class_name, "\n", row.upstream, "\n",
                      row.model);
}

std::optional<UsageAdded> RowAt(const std::string& position) {
  const std::vector<std::string> parts = absl::StrSplit(position, absl::MaxSplits('\n', 4));
  UsageAdded row;
  if (parts.size() != 5 || !absl::SimpleAtoi(parts[0], &row.day)) return std::nullopt;
  row.tenant = parts[1];
  row.class_name = parts[2];
  row.upstream = parts[3];
  row.model = parts[4];
  return row;
}

void Fill(const UsageAdded& row, v1::UsageRow* proto) {
  proto->set_day(DayText(row.day));
  proto->set_tenant(row.tenant);
  proto->set_class_name(row.class_name);
  proto->set_upstream(row.upstream);
  proto->set_model(row.model);
  proto->set_calls(row.calls);
  proto->set_maybe_billed_calls(row.maybe_billed_calls);
  v1::Usage& usage = *proto->mutable_usage();
  usage.set_prompt_tokens(row.usage.prompt);
  usage.set_cached_prompt_tokens(row.usage.cached_prompt);
  usage.set_completion_tokens(row.usage.completion);
  usage.set_reasoning_tokens(row.usage.reasoning);
}

}  // namespace

absl::StatusOr<UsagePage> UsagePage::From(const v1::GetUsageRequest& request, absl::Time now) {
  Violations violations;
  UsagePage page;
  const int32_t today = static_cast<int32_t>(absl::ToCivilDay(now, absl::UTCTimeZone()) - kEpoch);
  page.query.last_day = ReadDay("last_day", request.last_day(), today, &violations);
  page.query.first_day =
      ReadDay("first_day", request.first_day(), today - kDefaultDays, &violations);
  if (violations.empty() && page.query.first_day > page.query.last_day) {
    violations.Add("first_day",
                   absl::StrCat("is ", DayText(page.query.first_day), ", which is after last_day, ",
                                DayText(page.query.last_day)));
  }
  page.query.tenant = request.tenant();
  page.query.class_name = request.class_name();
  page.query.max = request.page_size() == 0 ? kDefaultPage : request.page_size();
  if (const auto wrong = CheckRange(page.query.max, 1, kMaxPage)) {
    violations.Add("page_size", *wrong);
  }
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  page.scope = {
      "GetUsage", page.query.tenant,
      absl::StrCat(request.first_day(), "\n", request.last_day(), "\n", page.query.class_name)};
  if (request.page_token().empty()) return page;
  LULL_ASSIGN_OR_RETURN(const std::string position,
                        ReadTextPageToken(page.scope, request.page_token()));
  page.query.after = RowAt(position);
  return page;
}

absl::StatusOr<v1::GetUsageResponse> UsagePage::Read(JobReader& reader) const {
  JobReader::UsageQuery one_more = query;
  ++one_more.max;
  LULL_ASSIGN_OR_RETURN(const std::vector<UsageAdded> rows, reader.ReadUsage(one_more));
  v1::GetUsageResponse response;
  for (const UsageAdded& row : rows) {
    if (response.rows_size() == query.max) {
      const UsageAdded& last = rows[query.max - 1];
      response.set_next_page_token(MakeTextPageToken(scope, PositionAt(last)));
      break;
    }
    Fill(row, response.add_rows());
  }
  return response;
}

}  // namespace lull
