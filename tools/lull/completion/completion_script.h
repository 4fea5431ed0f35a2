// Scripts that have the shells complete the command line of `lull`.
#ifndef LULL_TOOLS_LULL_COMPLETION_COMPLETION_SCRIPT_H_
#define LULL_TOOLS_LULL_COMPLETION_COMPLETION_SCRIPT_H_

#include <string>

#include "tools/lull/command.h"

namespace lull {

// Each completes commands, options, the values of options that take a fixed set, and file names
// where a file is meant. `root` is the whole command line.
std::string BashCompletion(const CommandInfo& root);
std::string ZshCompletion(const CommandInfo& root);
std::string FishCompletion(const CommandInfo& root);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMPLETION_COMPLETION_SCRIPT_H_
