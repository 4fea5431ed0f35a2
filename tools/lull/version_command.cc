// lull version: what this program is.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/build_info.h"
#include "tools/lull/session.h"

namespace lull {

void AddVersionCommand(CLI::App& app, Session& session) {
  app.add_subcommand("version", "Show the version")->callback([&session] {
    session.run = [] {
      std::printf("lull %s\n", kVersion);
      return ExitCode::kOk;
    };
  });
}

}  // namespace lull
