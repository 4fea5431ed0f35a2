// What the commands have in common.
#ifndef LULL_TOOLS_LULL_SESSION_H_
#define LULL_TOOLS_LULL_SESSION_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/lull/client.h"
#include "tools/lull/exit_code.h"
#include "tools/lull/interruption.h"
#include "tools/lull/job_text.h"

namespace CLI {
class App;
}  // namespace CLI

namespace lull {

// One run of the program. main() owns it; commands keep a reference.
struct Session {
  // The server's address, from --server or LULL_SERVER.
  std::string server;
  // Set by SIGINT and SIGTERM.
  Interruption interruption;
  // What is to be done, set by the command that the command line names.
  std::function<ExitCode()> run;
};

// Each adds one command to the command line.
void AddUpCommand(CLI::App& app, Session& session);
void AddSubmitCommand(CLI::App& app, Session& session);
void AddGetCommand(CLI::App& app, Session& session);
void AddWaitCommand(CLI::App& app, Session& session);
void AddCancelCommand(CLI::App& app, Session& session);
void AddBatchCommand(CLI::App& app, Session& session);
void AddVersionCommand(CLI::App& app, Session& session);

// Adds -o/--output with the formats of jobs.
void AddJobFormatOption(CLI::App& command, JobFormat& format);

// Prints an error to stderr and gives its exit code. After an interruption that is said instead.
ExitCode Fail(const Session& session, const absl::Status& status);

// Prints a job, or the error of the call that should have returned it.
ExitCode PrintJob(const Session& session, const absl::StatusOr<v1::Job>& job, JobFormat format);

// kOk for a job that SUCCEEDED, kJobFailed for one that ended otherwise.
ExitCode ExitCodeOfEnd(const v1::Job& job);

// Makes a call that is safe to repeat until it is answered, for `patience` at most, and says so
// when it has to wait.
absl::StatusOr<v1::Job> Persist(const Session& session, absl::Duration patience,
                                const std::function<absl::StatusOr<v1::Job>()>& call);

// Waits for a job's end, over restarts of the server. DEADLINE_EXCEEDED: `timeout` is over, and the
// job goes on.
absl::StatusOr<v1::Job> WaitForEnd(const Session& session, Client& client,
                                   const std::string& job_id, absl::Duration timeout);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_SESSION_H_
