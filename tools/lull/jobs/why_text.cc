#include "tools/lull/jobs/why_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/rpc/error_details.pb.h"
#include "tools/lull/job_tally.h"
#include "tools/lull/job_text.h"
#include "tools/lull/jobs/pending_text.h"
#include "tools/lull/names.h"
#include "tools/lull/table.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

std::string Safe(absl::string_view text) { return Printable(text, LineBreaks::kEscape); }

std::string ReasonOf(const google::rpc::Status& error) {
  for (const google::protobuf::Any& any : error.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info)) return info.reason();
  }
  return "";
}

// ", in 3m" or ", 3m ago", behind a moment.
std::string MomentText(const google::protobuf::Timestamp& moment, absl::Time now) {
  const absl::Duration ahead = ToTime(moment) - now;
  return absl::StrCat(TimeText(moment), ahead >= absl::ZeroDuration()
                                            ? absl::StrCat(", in ", AgeText(ahead))
                                            : absl::StrCat(", ", AgeText(-ahead), " ago"));
}

std::string FirstLine(const v1::Job& job, absl::Time now, const Terminal& terminal) {
  std::string line = absl::StrCat("Job ", Safe(job.id()), HasEnded(job) ? " " : " is ",
                                  terminal.Paint(ColorOf(job.state()), NameOf(job.state())));
  if (HasEnded(job)) return absl::StrCat(line, " after ", DurationText(TimeToEnd(job)), ".\n");
  return absl::StrCat(line, "; it was created ", AgeText(now - ToTime(job.create_time())),
                      " ago.\n");
}

std::string SoFar(const v1::Job& job) {
  if (job.dispatch_count() == 0) return "no call yet";
  std::string text =
      absl::StrCat(job.dispatch_count(), job.dispatch_count() == 1 ? " call" : " calls", ", ",
                   RefusalsOf(job), " refused by busy upstreams");
  if (job.state() != v1::JOB_STATE_SUCCEEDED) {
    absl::StrAppend(&text, "; ", job.attempt_count(), " of ", job.max_attempts(),
                    " attempts that count are used");
  }
  return text;
}

void AddWaiting(const v1::Job& job, absl::Time now, Table* table) {
  table->AddRow({"Why", absl::StrCat(ShortTextOf(job.pending_reason()), ": ",
                                     SentenceOf(job.pending_reason()))});
  if (!job.pending_detail().empty()) table->AddRow({"Detail", Safe(job.pending_detail())});
  if (job.has_expected_start_time()) {
    table->AddRow({"Expected start", MomentText(job.expected_start_time(), now)});
  }
}

std::string AttemptText(const v1::Attempt& attempt, absl::Time now) {
  std::string text = absl::StrCat("attempt ", attempt.number(), " on ", Safe(attempt.upstream()));
  if (!attempt.worker_id().empty()) {
    absl::StrAppend(&text, " by worker ", Safe(attempt.worker_id()));
  }
  const absl::Time start = ToTime(attempt.start_time());
  if (!attempt.has_end_time()) return absl::StrCat(text, ": running for ", AgeText(now - start));
  absl::StrAppend(&text, ": ", NameOf(attempt.outcome()), " after ",
                  DurationText(ToTime(attempt.end_time()) - start));
  if (attempt.http_status() != 0) absl::StrAppend(&text, ", HTTP ", attempt.http_status());
  if (attempt.has_error()) absl::StrAppend(&text, ": ", Safe(attempt.error().message()));
  if (attempt.billed() == v1::BILLED_MAYBE) absl::StrAppend(&text, " (may have been billed)");
  if (attempt.has_retry_delay()) {
    absl::StrAppend(&text, "; then waited ", DurationText(ToDuration(attempt.retry_delay())));
  }
  return text;
}

std::string TimeOfDay(const google::protobuf::Timestamp& moment) {
  return absl::FormatTime("%m-%d %H:%M:%S", ToTime(moment), absl::LocalTimeZone());
}

Color ColorOfAttempt(const v1::Attempt& attempt) {
  if (!attempt.has_end_time()) return Color::kBold;
  if (attempt.outcome() == v1::OUTCOME_SUCCEEDED) return Color::kGreen;
  const bool costs_nothing =
      attempt.outcome() == v1::OUTCOME_BUSY || attempt.outcome() == v1::OUTCOME_RATE_LIMITED;
  return costs_nothing ? Color::kYellow : Color::kRed;
}

std::string Story(const v1::Job& job, absl::Time now, const Terminal& terminal) {
  Table table;
  table.AddRow({TimeOfDay(job.create_time()),
                job.retry_of().empty()
                    ? absl::StrCat("created in class ", Safe(job.class_name()))
                    : absl::StrCat("created as a retry of ", Safe(job.retry_of()))});
  int before = 0;
  for (const v1::Attempt& attempt : job.attempts()) {
    if (attempt.number() > before + 1) {
      table.AddRow({"", Cell(absl::StrCat(attempt.number() - before - 1,
                                          " attempts in between are not kept"),
                             Color::kDim)});
    }
    before = attempt.number();
    table.AddRow({TimeOfDay(attempt.start_time()),
                  Cell(AttemptText(attempt, now), ColorOfAttempt(attempt))});
  }
  if (HasEnded(job)) {
    std::string end = NameOf(job.state());
    const std::string reason = ReasonOf(job.error());
    if (!reason.empty()) absl::StrAppend(&end, " (", Safe(reason), ")");
    if (job.has_error()) absl::StrAppend(&end, ": ", Safe(job.error().message()));
    if (job.state() == v1::JOB_STATE_CANCELLED) {
      absl::StrAppend(&end, " by ", NameOf(job.cancel_cause()));
    }
    if (job.state() == v1::JOB_STATE_SUCCEEDED) {
      absl::StrAppend(&end, ", answered from ", NameOf(job.served_from()));
    }
    table.AddRow({TimeOfDay(job.end_time()), Cell(end, ColorOf(job.state()))});
  }
  // Long messages are the point of it: not cut.
  return table.ToString(TableStyle{"  ", &terminal, 0});
}

std::string AdviceOnFailure(const std::string& reason) {
  if (reason == "INVALID_REQUEST") {
    return "The upstream refuses this request for good: correct it and submit it anew.";
  }
  if (reason == "CONTEXT_OVERFLOW") {
    return "The prompt is longer than the model takes: shorten it, or name a larger model.";
  }
  return "The attempts say what went wrong. When that is mended: lull retry JOB.";
}

std::string Advice(const v1::Job& job) {
  switch (job.state()) {
    case v1::JOB_STATE_PENDING:
      return std::string(AdviceOn(job.pending_reason()));
    case v1::JOB_STATE_RUNNING:
      return "Wait for the answer: lull wait JOB. Or stop the call: lull cancel JOB.";
    case v1::JOB_STATE_CANCELLING:
      return "Wait: its worker was asked to stop the call and has not reported yet.";
    case v1::JOB_STATE_FAILED:
      return AdviceOnFailure(ReasonOf(job.error()));
    case v1::JOB_STATE_CANCELLED:
      return "lull retry JOB makes a new job equal to it.";
    case v1::JOB_STATE_EXPIRED:
      return "lull retry JOB makes a new job equal to it, with a new deadline.";
    default:
      return "lull get JOB shows the answer.";
  }
}

}  // namespace

std::string WhyText(const v1::Job& job, absl::Time now, const Terminal& terminal) {
  std::string text = FirstLine(job, now, terminal);
  Table table;
  if (job.state() == v1::JOB_STATE_PENDING) AddWaiting(job, now, &table);
  table.AddRow({"So far", SoFar(job)});
  if (!HasEnded(job) && job.has_deadline()) {
    table.AddRow({"Deadline", MomentText(job.deadline(), now)});
  }
  absl::StrAppend(&text, "\n", table.ToString("  "));
  absl::StrAppend(&text, "\n", terminal.Paint(Color::kBold, "What happened"), "\n",
                  Story(job, now, terminal));
  absl::StrAppend(&text, "\n", terminal.Paint(Color::kBold, "What to do"), "\n  ",
                  absl::StrReplaceAll(Advice(job), {{"JOB", Safe(job.id())},
                                                    {"classes resume NAME",
                                                     "classes resume " + Safe(job.class_name())}}),
                  "\n");
  return text;
}

}  // namespace lull
