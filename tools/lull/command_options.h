// Options that several commands have.
#ifndef LULL_TOOLS_LULL_COMMAND_OPTIONS_H_
#define LULL_TOOLS_LULL_COMMAND_OPTIONS_H_

#include <functional>

#include "tools/lull/command.h"
#include "tools/lull/job_text.h"
#include "tools/lull/session.h"

namespace lull {

enum class OutputFormat {
  // For people.
  kTable,
  // For programs: the API's messages in protobuf's JSON form, one a line.
  kJson,
};

// Adds -o/--output.
void AddFormatOption(Command command, OutputFormat& format);
void AddJobFormatOption(Command command, JobFormat& format);

// Has `run` called when the command line names the command.
void SetRun(Command command, Session& session, std::function<ExitCode()> run);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMMAND_OPTIONS_H_
