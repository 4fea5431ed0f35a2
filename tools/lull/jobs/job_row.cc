#include "tools/lull/jobs/job_row.h"

#include "absl/strings/str_cat.h"
#include "tools/lull/job_tally.h"
#include "tools/lull/job_text.h"
#include "tools/lull/jobs/pending_text.h"
#include "tools/lull/names.h"
#include "tools/lull/terminal.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

std::string Safe(absl::string_view text) { return Printable(text, LineBreaks::kEscape); }

std::string PendingNote(const v1::Job& job, absl::Time now) {
  if (job.pending_reason() == v1::PENDING_REASON_UNSPECIFIED) return "about to start";
  std::string note(ShortTextOf(job.pending_reason()));
  if (!job.pending_detail().empty()) absl::StrAppend(&note, ": ", Safe(job.pending_detail()));
  if (job.has_expected_start_time()) {
    absl::StrAppend(&note, " (expected in ", AgeText(ToTime(job.expected_start_time()) - now), ")");
  }
  return note;
}

std::string SuccessNote(const v1::Job& job) {
  std::string note = absl::StrCat("took ", DurationText(TimeToEnd(job)));
  if (job.served_from() != v1::SERVED_FROM_UPSTREAM) {
    absl::StrAppend(&note, ", from ", NameOf(job.served_from()));
  } else if (!job.response().upstream().empty()) {
    absl::StrAppend(&note, ", from ", Safe(job.response().upstream()));
  }
  if (job.usage().completion_tokens() > 0) {
    absl::StrAppend(&note, ", ", job.usage().completion_tokens(), " tokens");
  }
  return note;
}

}  // namespace

std::vector<std::string> JobHeading() {
  return {"JOB", "STATE", "CLASS", "AGE", "TRIES", "WAITS FOR / OUTCOME"};
}

std::string JobNote(const v1::Job& job, absl::Time now) {
  switch (job.state()) {
    case v1::JOB_STATE_PENDING:
      return PendingNote(job, now);
    case v1::JOB_STATE_SUCCEEDED:
      return SuccessNote(job);
    case v1::JOB_STATE_CANCELLING:
    case v1::JOB_STATE_CANCELLED:
      return absl::StrCat("by ", NameOf(job.cancel_cause()));
    default:
      return Safe(job.error().message());
  }
}

std::vector<Cell> JobRow(const v1::Job& job, absl::Time now) {
  return {Safe(job.id()),
          Cell(NameOf(job.state()), ColorOf(job.state())),
          Safe(job.class_name()),
          Cell::Number(AgeText(now - ToTime(job.create_time()))),
          Cell::Number(job.dispatch_count()),
          JobNote(job, now)};
}

}  // namespace lull
