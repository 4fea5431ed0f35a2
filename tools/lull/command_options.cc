#include "tools/lull/command_options.h"

#include <utility>

namespace lull {

void AddFormatOption(Command command, OutputFormat& format) {
  command.Choice<OutputFormat>(
      "-o,--output", format, {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}},
      "table: for people; json: for programs, one API message a line (default table)");
}

void AddJobFormatOption(Command command, JobFormat& format) {
  command.Choice<JobFormat>(
      "-o,--output", format,
      {{"table", JobFormat::kTable}, {"json", JobFormat::kJson}, {"body", JobFormat::kBody}},
      "table: for people; json: the job as the API has it; body: the "
      "answer's JSON (default table)");
}

void SetRun(Command command, Session& session, std::function<ExitCode()> run) {
  command.OnNamed([&session, run = std::move(run)] { session.run = run; });
}

}  // namespace lull
