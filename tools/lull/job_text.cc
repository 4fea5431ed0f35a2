#include "tools/lull/job_text.h"

#include <map>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/job.pb.h"
#include "tools/lull/job_tally.h"
#include "tools/lull/message_json.h"
#include "tools/lull/names.h"
#include "tools/lull/table.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

std::string Safe(absl::string_view text) { return Printable(text, LineBreaks::kEscape); }

std::string StateText(const v1::Job& job, const Terminal& terminal) {
  std::string text = terminal.Paint(ColorOf(job.state()), NameOf(job.state()));
  if (job.served_from() != v1::SERVED_FROM_UNSPECIFIED) {
    absl::StrAppend(&text, " from ", NameOf(job.served_from()));
    if (!job.response().upstream().empty()) {
      absl::StrAppend(&text, " ", Safe(job.response().upstream()));
    }
  }
  return text;
}

std::string WaitingText(const v1::Job& job) {
  std::string text = NameOf(job.pending_reason());
  if (!job.pending_detail().empty()) absl::StrAppend(&text, ": ", Safe(job.pending_detail()));
  return text;
}

// Times of what has happened and of what is to happen.
void AddTimes(const v1::Job& job, Table* table) {
  table->AddRow({"Created", TimeText(job.create_time())});
  if (job.has_schedule_time()) table->AddRow({"Scheduled", TimeText(job.schedule_time())});
  if (job.has_start_time()) table->AddRow({"Started", TimeText(job.start_time())});
  if (HasEnded(job)) {
    table->AddRow({"Ended", absl::StrCat(TimeText(job.end_time()), " (after ",
                                         DurationText(TimeToEnd(job)), ")")});
    return;
  }
  if (job.has_expected_start_time()) {
    table->AddRow({"Expected start", TimeText(job.expected_start_time())});
  }
  if (job.has_deadline()) table->AddRow({"Deadline", TimeText(job.deadline())});
}

Color ColorOf(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_SUCCEEDED:
      return Color::kGreen;
    case v1::OUTCOME_BUSY:
    case v1::OUTCOME_RATE_LIMITED:
    case v1::OUTCOME_RELEASED:
      return Color::kYellow;
    default:
      return Color::kRed;
  }
}

std::string AttemptsText(const v1::Job& job, const Terminal& terminal) {
  Table table;
  table.AddHeading({"#", "UPSTREAM", "STARTED", "TOOK", "OUTCOME", "HTTP", "BILLED", "ERROR"});
  for (const v1::Attempt& attempt : job.attempts()) {
    const bool ended = attempt.has_end_time();
    table.AddRow(
        {Cell::Number(attempt.number()), Safe(attempt.upstream()),
         absl::FormatTime("%m-%d %H:%M:%S", ToTime(attempt.start_time()), absl::LocalTimeZone()),
         Cell::Number(
             ended ? DurationText(ToTime(attempt.end_time()) - ToTime(attempt.start_time())) : "-"),
         ended ? Cell(NameOf(attempt.outcome()), ColorOf(attempt.outcome()))
               : Cell("RUNNING", Color::kBold),
         attempt.http_status() == 0 ? "-" : absl::StrCat(attempt.http_status()),
         ended ? NameOf(attempt.billed()) : "-", Safe(attempt.error().message())});
  }
  return table.ToString(TableStyle{"  ", &terminal, 0});
}

std::string PeopleText(const v1::Job& job, const Terminal& terminal) {
  Table table;
  table.AddRow({"Job", Safe(job.id())});
  table.AddRow({"State", StateText(job, terminal)});
  if (job.state() == v1::JOB_STATE_PENDING &&
      job.pending_reason() != v1::PENDING_REASON_UNSPECIFIED) {
    table.AddRow({"Waits for", WaitingText(job)});
  }
  if (job.has_error()) table.AddRow({"Error", Safe(job.error().message())});
  table.AddRow({"Class", job.priority() == 0 ? Safe(job.class_name())
                                             : absl::StrCat(Safe(job.class_name()), ", priority ",
                                                            job.priority())});
  if (!job.retry_of().empty()) table.AddRow({"Retry of", Safe(job.retry_of())});
  if (!job.model().empty()) table.AddRow({"Model", Safe(job.model())});
  if (!job.labels().empty()) {
    const std::map<std::string, std::string> labels(job.labels().begin(), job.labels().end());
    table.AddRow({"Labels", Safe(absl::StrJoin(labels, ", ", absl::PairFormatter("=")))});
  }
  AddTimes(job, &table);
  if (job.has_usage()) {
    table.AddRow({"Tokens", absl::StrCat(job.usage().prompt_tokens(), " in, ",
                                         job.usage().completion_tokens(), " out")});
  }
  std::string text = table.ToString();
  if (job.attempts_size() > 0) absl::StrAppend(&text, "\nAttempts\n", AttemptsText(job, terminal));
  const std::string answer = AnswerText(job);
  if (!answer.empty()) {
    absl::StrAppend(&text, "\nAnswer\n", Printable(answer, LineBreaks::kKeep), "\n");
  }
  return text;
}

}  // namespace

Color ColorOf(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_SUCCEEDED:
      return Color::kGreen;
    case v1::JOB_STATE_FAILED:
    case v1::JOB_STATE_EXPIRED:
      return Color::kRed;
    case v1::JOB_STATE_CANCELLED:
    case v1::JOB_STATE_CANCELLING:
      return Color::kYellow;
    default:
      return Color::kBold;
  }
}

absl::StatusOr<std::string> JobText(const v1::Job& job, JobFormat format,
                                    const Terminal& terminal) {
  switch (format) {
    case JobFormat::kTable:
      return PeopleText(job, terminal);
    case JobFormat::kBody:
      return job.response().body().empty() ? std::string()
                                           : absl::StrCat(job.response().body(), "\n");
    case JobFormat::kJson:
      break;
  }
  return MessageJson(job);
}

std::string StandingText(const v1::Job& job) {
  if (job.pending_reason() != v1::PENDING_REASON_UNSPECIFIED) {
    return absl::StrCat("it waits for ", WaitingText(job));
  }
  return absl::StrCat("it is ", NameOf(job.state()));
}

std::string AnswerText(const v1::Job& job) {
  using Json = nlohmann::json;
  const Json body = Json::parse(job.response().body(), nullptr, /*allow_exceptions=*/false);
  const Json::json_pointer place("/choices/0/message/content");
  if (!body.is_object() || !body.contains(place) || !body.at(place).is_string()) return "";
  return body.at(place).get<std::string>();
}

}  // namespace lull
