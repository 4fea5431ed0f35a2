#include "tools/lull/completion/completion_command.h"

#include <memory>
#include <string>

#include "tools/lull/command_options.h"
#include "tools/lull/completion/completion_script.h"

namespace lull {

void AddCompletionCommand(Command app, Session& session) {
  const auto shell = std::make_shared<std::string>();
  Command command =
      app.AddCommand("completion", "Print a script that has a shell complete lull's command line");
  command.Text("SHELL", *shell, "The shell").Among({"bash", "zsh", "fish"}).Required();
  command.Examples({"source <(lull completion bash)    # in ~/.bashrc",
                    "source <(lull completion zsh)     # in ~/.zshrc, after compinit",
                    "lull completion fish | source     # in ~/.config/fish/config.fish"});
  SetRun(command, session, [&session, app, shell] {
    const CommandInfo root = app.Describe();
    if (*shell == "bash") return Print(session, BashCompletion(root));
    if (*shell == "zsh") return Print(session, ZshCompletion(root));
    return Print(session, FishCompletion(root));
  });
}

}  // namespace lull
