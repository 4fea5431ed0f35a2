#include "tools/lull/jobs/event_text.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/lull/job_text.h"
#include "tools/lull/jobs/job_row.h"
#include "tools/lull/names.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

std::string Safe(absl::string_view text) { return Printable(text, LineBreaks::kEscape); }

std::string Line(absl::Time time, absl::string_view job_id, v1::JobState state,
                 absl::string_view note, const Terminal& terminal) {
  const std::string name = NameOf(state);
  constexpr size_t kStateColumns = 10;
  std::string fill(name.size() < kStateColumns ? kStateColumns - name.size() : 0, ' ');
  return absl::StrCat(
      terminal.Paint(Color::kDim, absl::FormatTime("%H:%M:%E3S", time, absl::LocalTimeZone())),
      "  ", Safe(job_id), "  ", terminal.Paint(ColorOf(state), name), fill, "  ", note, "\n");
}

std::string AttemptOf(const v1::JobEvent& event) {
  return absl::StrCat("attempt ", event.attempt_number());
}

std::string ErrorOf(const v1::JobEvent& event) {
  return event.has_error() ? absl::StrCat(": ", Safe(event.error().message())) : "";
}

std::string StartNote(const v1::JobEvent& event) {
  std::string note = absl::StrCat(AttemptOf(event), " on ", Safe(event.upstream()), " by worker ",
                                  Safe(event.worker_id()));
  if (event.outside_window() != v1::OUTSIDE_WINDOW_UNSPECIFIED) {
    absl::StrAppend(&note, ", outside quiet hours because of ", NameOf(event.outside_window()));
  }
  return note;
}

std::string ReturnNote(const v1::JobEvent& event) {
  std::string note = absl::StrCat(AttemptOf(event), ": ", NameOf(event.outcome()));
  if (event.has_retry_delay()) {
    absl::StrAppend(&note, ", again in ", DurationText(ToDuration(event.retry_delay())));
  }
  return note + ErrorOf(event);
}

std::string EndNote(const v1::JobEvent& event) {
  std::string note = event.attempt_number() > 0 ? AttemptOf(event) : "ended";
  if (event.outcome() != v1::OUTCOME_UNSPECIFIED) {
    absl::StrAppend(&note, ": ", NameOf(event.outcome()));
  }
  if (event.served_from() != v1::SERVED_FROM_UNSPECIFIED) {
    absl::StrAppend(&note, ", answered from ", NameOf(event.served_from()));
  }
  if (event.cancel_cause() != v1::CANCEL_CAUSE_UNSPECIFIED) {
    absl::StrAppend(&note, ", by ", NameOf(event.cancel_cause()));
  }
  return note + ErrorOf(event);
}

std::string NoteOf(const v1::JobEvent& event) {
  switch (event.type()) {
    case v1::JOB_EVENT_TYPE_CREATED:
      return absl::StrCat("created in class ", Safe(event.class_name()));
    case v1::JOB_EVENT_TYPE_STARTED:
      return StartNote(event);
    case v1::JOB_EVENT_TYPE_RETURNED:
      return ReturnNote(event);
    case v1::JOB_EVENT_TYPE_UPDATED:
      return absl::StrCat("changed; it is in class ", Safe(event.class_name()));
    case v1::JOB_EVENT_TYPE_CANCELLING:
      return absl::StrCat("its worker is asked to stop, by ", NameOf(event.cancel_cause()));
    case v1::JOB_EVENT_TYPE_ENDED:
      return EndNote(event);
    default:
      return NameOf(event.type());
  }
}

}  // namespace

std::string EventLine(const v1::JobEvent& event, const Terminal& terminal) {
  std::string line =
      Line(ToTime(event.time()), event.job_id(), event.state(), NoteOf(event), terminal);
  if (event.has_response()) {
    v1::Job answered;
    *answered.mutable_response() = event.response();
    const std::string answer = AnswerText(answered);
    if (!answer.empty()) absl::StrAppend(&line, Printable(answer, LineBreaks::kKeep), "\n");
  }
  return line;
}

std::string SnapshotLine(const v1::Job& job, absl::Time now, const Terminal& terminal) {
  const std::string note = JobNote(job, now);
  return Line(now, job.id(), job.state(),
              note.empty()
                  ? absl::StrCat("as it is, after ", AgeText(now - ToTime(job.create_time())))
                  : note,
              terminal);
}

std::string OutputLine(const v1::WatchOutput& output, absl::Time now, const Terminal& terminal) {
  return Line(now, output.job_id(), v1::JOB_STATE_RUNNING,
              absl::StrCat("attempt ", output.attempt_number(),
                           " says: ", Safe(StreamedText(output.data()))),
              terminal);
}

std::string StreamedText(absl::string_view events) {
  using Json = nlohmann::json;
  const Json::json_pointer place("/choices/0/delta/content");
  std::string text;
  for (absl::string_view line : absl::StrSplit(events, '\n')) {
    if (!absl::ConsumePrefix(&line, "data:")) continue;
    const Json data = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (data.is_object() && data.contains(place) && data.at(place).is_string()) {
      text += data.at(place).get<std::string>();
    }
  }
  return text;
}

}  // namespace lull
