#include "tools/lull/exit_code.h"

#include "absl/strings/str_format.h"

namespace lull {
namespace {

struct Meaning {
  ExitCode code;
  const char* text;
};

constexpr Meaning kMeanings[] = {
    {ExitCode::kOk, "done"},
    {ExitCode::kJobFailed, "a job failed, was cancelled or expired"},
    {ExitCode::kUsage, "the command line is wrong, or names something that is not there"},
    {ExitCode::kUnreachable, "the server cannot be reached"},
    {ExitCode::kNotFound, "there is no such job, class or worker"},
    {ExitCode::kRefused, "the request was refused; the message says why"},
    {ExitCode::kTimedOut, "the time given by --timeout is over"},
    {ExitCode::kFailed, "anything else failed; the message says what"},
    {ExitCode::kInterrupted, "stopped by Ctrl-C or SIGTERM"},
    {ExitCode::kOutputClosed, "nobody reads the output any more: a closed pipe"},
};

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
      return ExitCode::kRefused;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimedOut;
    case absl::StatusCode::kCancelled:
      return ExitCode::kInterrupted;
    default:
      return ExitCode::kFailed;
  }
}

std::string ExitCodeHelp() {
  std::string help = "Exit codes:\n";
  for (const Meaning& meaning : kMeanings) {
    absl::StrAppendFormat(&help, "  %3d  %s\n", static_cast<int>(meaning.code), meaning.text);
  }
  return help;
}

}  // namespace lull
