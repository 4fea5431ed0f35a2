// The command line as completion scripts need it: flat, by place.
#ifndef LULL_TOOLS_LULL_COMPLETION_COMPLETION_CONTEXT_H_
#define LULL_TOOLS_LULL_COMPLETION_COMPLETION_CONTEXT_H_

#include <string>
#include <vector>

#include "tools/lull/command.h"

namespace lull {

// What may follow a command.
struct CompletionContext {
  // The words up to the command, without the program: "", "classes", "classes pause".
  std::string place;
  std::vector<CommandInfo> commands;
  // Its own and those of the whole program.
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> arguments;
};

// Every command, the program itself first.
std::vector<CompletionContext> ContextsOf(const CommandInfo& root);

// The text up to its first line break.
std::string FirstLineOf(const std::string& text);

// In single quotes, as bash and zsh read them.
std::string ShellQuoted(const std::string& text);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMPLETION_COMPLETION_CONTEXT_H_
