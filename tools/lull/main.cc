// The command-line client: reads the command line, runs the command it names.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "base/signals.h"
#include "tools/lull/exit_code.h"
#include "tools/lull/session.h"

namespace lull {

void AddJobFormatOption(CLI::App& command, JobFormat& format) {
  static const std::map<std::string, JobFormat> kFormats = {
      {"table", JobFormat::kTable}, {"json", JobFormat::kJson}, {"body", JobFormat::kBody}};
  command
      .add_option("-o,--output", format,
                  "table: for people; json: the job as the API has it; body: the answer's JSON")
      ->transform(CLI::CheckedTransformer(kFormats).description("table|json|body"));
}

namespace {

ExitCode Run(int argc, char** argv) {
  Session session;
  session.server = "127.0.0.1:7411";
  CLI::App app(
      "Lull answers calls of busy LLM APIs: submit jobs, run batches, see what became of "
      "them.",
      "lull");
  app.footer("\n" + ExitCodeHelp());
  app.add_option("--server", session.server, "HOST:PORT or unix:/PATH of the server")
      ->envname("LULL_SERVER")
      ->capture_default_str();
  // So that --server may also follow the command.
  app.fallthrough();
  app.require_subcommand(1);
  AddUpCommand(app, session);
  AddSubmitCommand(app, session);
  AddGetCommand(app, session);
  AddWaitCommand(app, session);
  AddCancelCommand(app, session);
  AddBatchCommand(app, session);
  AddVersionCommand(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Prints the help that was asked for, or what is wrong.
    return app.exit(error) == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  const SignalThread signals([&session](int) { session.interruption.Stop(); });
  return session.run();
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  lull::BlockSignals();
  return static_cast<int>(lull::Run(argc, argv));
}
