// lull version: what this program is.
#include "absl/strings/str_cat.h"
#include "base/build_info.h"
#include "tools/lull/command_options.h"
#include "tools/lull/local_commands.h"
#include "tools/lull/session.h"

namespace lull {

void AddVersionCommand(Command app, Session& session) {
  Command command = app.AddCommand("version", "Show this program's version");
  command.Examples({"lull version"});
  SetRun(command, session,
         [&session] { return Print(session, absl::StrCat("lull ", kVersion, "\n")); });
}

}  // namespace lull
