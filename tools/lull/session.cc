#include "tools/lull/session.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/error_text.h"
#include "tools/lull/job_tally.h"
#include "tools/lull/message_json.h"
#include "tools/lull/retry_pace.h"
#include "tools/lull/terminal.h"

namespace lull {
namespace {

// The longest that one long poll may take, and what its answer may take on top.
constexpr absl::Duration kPoll = absl::Seconds(50);
// No time at all would mean the default to the server.
constexpr absl::Duration kPollMin = absl::Milliseconds(1);
constexpr absl::Duration kPollSlack = absl::Seconds(10);
// A server that restarts is back within seconds.
constexpr absl::Duration kWaitPatience = absl::Minutes(5);

}  // namespace

void Say(absl::string_view text) { std::fputs(absl::StrCat(text, "\n").c_str(), stderr); }

ExitCode Fail(const Session& session, const absl::Status& status) {
  if (session.interruption.stopped()) {
    Say("lull: interrupted");
    return ExitCode::kInterrupted;
  }
  const Terminal terminal(STDERR_FILENO);
  const std::string advice = AdviceOnError(status);
  Say(absl::StrCat(terminal.Paint(Color::kRed, "lull:"), " ", ErrorText(status),
                   advice.empty() ? "" : "\n  ", advice));
  return ExitCodeOf(status);
}

ExitCode FailUsage(const Session& session, const absl::Status& status) {
  Fail(session, status);
  return ExitCode::kUsage;
}

ExitCode Print(const Session& session, absl::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return ExitCode::kOk;
  }
  if (errno == EPIPE) return ExitCode::kOutputClosed;
  return Fail(session, absl::DataLossError(absl::StrCat("cannot write to the standard output: ",
                                                        std::strerror(errno))));
}

ExitCode PrintJson(const Session& session, const google::protobuf::Message& message) {
  const absl::StatusOr<std::string> json = MessageJson(message);
  return json.ok() ? Print(session, *json) : Fail(session, json.status());
}

ExitCode PrintJob(const Session& session, const absl::StatusOr<v1::Job>& job, JobFormat format) {
  if (!job.ok()) return Fail(session, job.status());
  const absl::StatusOr<std::string> text = JobText(*job, format, Terminal(STDOUT_FILENO));
  if (!text.ok()) return Fail(session, text.status());
  return Print(session, *text);
}

ExitCode ExitCodeOfEnd(const v1::Job& job) {
  return job.state() == v1::JOB_STATE_SUCCEEDED ? ExitCode::kOk : ExitCode::kJobFailed;
}

absl::Status PersistUntil(const Session& session, absl::Duration patience,
                          const std::function<absl::Status()>& call) {
  const absl::Duration end = SystemClock().Now().steady + patience;
  RetryPace pace;
  for (bool said = false;; said = true) {
    const absl::Status status = call();
    if (status.ok() || !MayPass(status)) return status;
    const absl::Duration delay = pace.Next();
    if (SystemClock().Now().steady + delay > end) return status;
    if (!said) {
      Say(absl::StrCat("lull: ", ErrorText(status), "; trying again for ",
                       absl::FormatDuration(patience)));
    }
    if (session.interruption.WaitFor(delay)) return absl::CancelledError("interrupted");
  }
}

absl::StatusOr<v1::Job> WaitForEnd(const Session& session, Client& client,
                                   const std::string& job_id, absl::Duration timeout) {
  const absl::Duration end = SystemClock().Now().steady + timeout;
  for (;;) {
    const absl::Duration left = end - SystemClock().Now().steady;
    const absl::Duration poll = std::clamp(left, kPollMin, kPoll);
    v1::WaitJobRequest request;
    request.set_job_id(job_id);
    request.set_view(v1::JOB_VIEW_FULL);
    const int64_t poll_ms = absl::ToInt64Milliseconds(poll);
    request.mutable_timeout()->set_seconds(poll_ms / 1000);
    request.mutable_timeout()->set_nanos(static_cast<int32_t>(poll_ms % 1000 * 1'000'000));
    LULL_ASSIGN_OR_RETURN(v1::Job job, Persist(session, client, kWaitJob, request,
                                               std::min(left, kWaitPatience), poll + kPollSlack));
    if (HasEnded(job)) return job;
    if (SystemClock().Now().steady >= end) {
      return absl::DeadlineExceededError(
          absl::StrCat("job ", job_id, " has not ended after ", absl::FormatDuration(timeout), "; ",
                       StandingText(job), ". To wait again: lull wait ", job_id));
    }
  }
}

}  // namespace lull
