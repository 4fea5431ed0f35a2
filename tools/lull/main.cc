// The command-line client: reads the command line, runs the command it names.
#include <CLI/CLI.hpp>

#include "base/signals.h"
#include "tools/lull/command_line.h"
#include "tools/lull/exit_code.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

ExitCode Run(int argc, char** argv) {
  Session session;
  CLI::App app;
  BuildCommandLine(app, session);
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
