#include "tools/lull/jobs/job_selection.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "proto/job.pb.h"
#include "tools/lull/command.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/names.h"

namespace lull {
namespace {

constexpr char kLive[] = "live";
constexpr char kEnded[] = "ended";

std::string Quoted(absl::string_view value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

void AddState(const std::string& word, std::vector<std::string>* comparisons) {
  if (word == kLive) {
    for (const char* state : {"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"}) {
      comparisons->push_back(absl::StrCat("state != ", state));
    }
  } else if (word == kEnded) {
    for (const char* state : {"PENDING", "RUNNING", "CANCELLING"}) {
      comparisons->push_back(absl::StrCat("state != ", state));
    }
  } else {
    comparisons->push_back(absl::StrCat("state = ", absl::AsciiStrToUpper(word)));
  }
}

// A moment that lies in the past if it is given as a span.
absl::StatusOr<absl::Time> PastMoment(absl::string_view option, const std::string& text,
                                      absl::Time now) {
  if (const absl::StatusOr<absl::Duration> ago = ParseSpan(text); ago.ok()) return now - *ago;
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  return absl::InvalidArgumentError(absl::StrCat(
      option, " is \"", text,
      "\"; allowed is a time ago such as 90s, 1h30m or 2d, or \"2026-11-24T02:00:00Z\""));
}

absl::Status AddTime(absl::string_view option, const std::string& text, const char* comparison,
                     absl::Time now, std::vector<std::string>* comparisons) {
  if (text.empty()) return absl::OkStatus();
  LULL_ASSIGN_OR_RETURN(const absl::Time time, PastMoment(option, text, now));
  comparisons->push_back(
      absl::StrCat("create_time ", comparison, " ",
                   Quoted(absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()))));
  return absl::OkStatus();
}

}  // namespace

bool JobSelection::IsEmpty() const {
  return state.empty() && class_name.empty() && labels.empty() && since.empty() && until.empty() &&
         filter.empty();
}

std::vector<std::string> StateWords() {
  std::vector<std::string> words = WordsOf<v1::JobState>();
  words.insert(words.end(), {kLive, kEnded});
  return words;
}

absl::StatusOr<std::string> FilterOf(const JobSelection& selection, absl::Time now) {
  std::vector<std::string> comparisons;
  if (!selection.state.empty()) AddState(selection.state, &comparisons);
  if (!selection.class_name.empty()) {
    comparisons.push_back(absl::StrCat("class = ", Quoted(selection.class_name)));
  }
  LULL_ASSIGN_OR_RETURN(const auto labels, ParseLabels(selection.labels));
  for (const auto& [key, value] : labels) {
    comparisons.push_back(absl::StrCat("labels.", key, " = ", Quoted(value)));
  }
  LULL_RETURN_IF_ERROR(AddTime("--since", selection.since, ">=", now, &comparisons));
  LULL_RETURN_IF_ERROR(AddTime("--until", selection.until, "<", now, &comparisons));
  if (!selection.filter.empty()) comparisons.push_back(selection.filter);
  return absl::StrJoin(comparisons, " AND ");
}

void AddSelectionOptions(Command command, JobSelection& selection) {
  const std::string heading = "Which jobs (all of these have to hold)";
  command
      .Text("--state", selection.state,
            "In this state; live: not ended, ended: the rest (default any)")
      .Among(StateWords())
      .Group(heading);
  command.Text("--class", selection.class_name, "Of this class (default any)").Group(heading);
  command
      .Texts("--label", selection.labels,
             "With this label, KEY=VALUE; any number of times (default any)")
      .Group(heading);
  command
      .Text("--since", selection.since,
            "Created since: a time ago such as 90s, 2h, 7d, or RFC 3339 (default ever)")
      .Group(heading);
  command
      .Text("--until", selection.until,
            "Created before: a time ago such as 90s, 2h, 7d, or RFC 3339 (default now)")
      .Group(heading);
  command
      .Text("--filter", selection.filter,
            "In the API's language: comparisons joined by AND over state, class, labels.KEY and "
            "create_time (default none)")
      .Group(heading);
}

}  // namespace lull
