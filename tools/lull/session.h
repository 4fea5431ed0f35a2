// What the commands have in common.
#ifndef LULL_TOOLS_LULL_SESSION_H_
#define LULL_TOOLS_LULL_SESSION_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/lull/client.h"
#include "tools/lull/exit_code.h"
#include "tools/lull/interruption.h"
#include "tools/lull/job_text.h"

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

// The longest that a call may take whose answer is made at once.
inline constexpr absl::Duration kCallTimeout = absl::Seconds(20);
// How long a call that is safe to repeat is repeated: enough for a server that restarts.
inline constexpr absl::Duration kRestartPatience = absl::Seconds(5);

// A client whose calls end when the program is interrupted. Ends before the session.
class Connection {
 public:
  explicit Connection(Session& session)
      : client_(session.server),
        registration_(session.interruption.OnStop([this] { client_.Cancel(); })) {}

  Client& operator*() { return client_; }
  Client* operator->() { return &client_; }

 private:
  Client client_;
  const Interruption::Registration registration_;
};

// Prints an error to stderr and gives its exit code. After an interruption that is said instead.
ExitCode Fail(const Session& session, const absl::Status& status);

// The same for a wrong command line: kUsage.
ExitCode FailUsage(const Session& session, const absl::Status& status);

// Writes to stdout, at once. kOutputClosed, and nothing is said, when nobody reads it any more;
// kFailed when it cannot be written. The command then ends with that code.
ExitCode Print(const Session& session, absl::string_view text);

// A line of its own on stderr.
void Say(absl::string_view text);

// Prints a message for programs.
ExitCode PrintJson(const Session& session, const google::protobuf::Message& message);

// Prints a job, or the error of the call that should have returned it.
ExitCode PrintJob(const Session& session, const absl::StatusOr<v1::Job>& job, JobFormat format);

// kOk for a job that SUCCEEDED, kJobFailed for one that ended otherwise.
ExitCode ExitCodeOfEnd(const v1::Job& job);

// Makes a call that is safe to repeat until it is answered, for `patience` at most, and says so
// when it has to wait.
absl::Status PersistUntil(const Session& session, absl::Duration patience,
                          const std::function<absl::Status()>& call);

template <typename Request, typename Reply>
absl::StatusOr<Reply> Persist(const Session& session, Client& client,
                              const Rpc<Request, Reply>& rpc, const Request& request,
                              absl::Duration patience = kRestartPatience,
                              absl::Duration timeout = kCallTimeout) {
  absl::StatusOr<Reply> reply;
  const absl::Status status = PersistUntil(session, patience, [&] {
    reply = client.Call(rpc, request, timeout);
    return reply.status();
  });
  if (!status.ok()) return status;
  return reply;
}

// Waits for a job's end, over restarts of the server. DEADLINE_EXCEEDED: `timeout` is over, and the
// job goes on.
absl::StatusOr<v1::Job> WaitForEnd(const Session& session, Client& client,
                                   const std::string& job_id, absl::Duration timeout);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_SESSION_H_
