// The command that prints completion scripts.
#ifndef LULL_TOOLS_LULL_COMPLETION_COMPLETION_COMMAND_H_
#define LULL_TOOLS_LULL_COMPLETION_COMPLETION_COMMAND_H_

#include "tools/lull/command.h"
#include "tools/lull/session.h"

namespace lull {

// `app` is the whole command line, as it is when the command runs.
void AddCompletionCommand(Command app, Session& session);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMPLETION_COMPLETION_COMMAND_H_
