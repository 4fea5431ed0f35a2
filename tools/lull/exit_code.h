// The exit codes of `lull`, for scripts. Documented in `lull --help`, which is made from here.
#ifndef LULL_TOOLS_LULL_EXIT_CODE_H_
#define LULL_TOOLS_LULL_EXIT_CODE_H_

#include <string>

#include "absl/status/status.h"

namespace lull {

enum class ExitCode {
  // Done.
  kOk = 0,
  // The command did its work and a job it waited for did not succeed.
  kJobFailed = 1,
  // The command line is wrong, or names something that is not there.
  kUsage = 2,
  // The server cannot be reached.
  kUnreachable = 3,
  // There is no such job, class or worker.
  kNotFound = 4,
  // The request was refused; the message says why.
  kRefused = 5,
  // The time given by --timeout is over.
  kTimedOut = 6,
  // Anything else: a file cannot be written, a program ended, the server failed.
  kFailed = 7,
  // Stopped by SIGINT (Ctrl-C) or SIGTERM.
  kInterrupted = 130,
  // Nobody reads the output any more: `lull list | head`.
  kOutputClosed = 141,
};

// What a failed call means for the exit code.
ExitCode ExitCodeOf(const absl::Status& status);

// A table of all codes with their meanings, for --help.
std::string ExitCodeHelp();

}  // namespace lull

#endif  // LULL_TOOLS_LULL_EXIT_CODE_H_
