// The commands that have files and processes of this machine as their subject.
#ifndef LULL_TOOLS_LULL_LOCAL_COMMANDS_H_
#define LULL_TOOLS_LULL_LOCAL_COMMANDS_H_

#include "tools/lull/command.h"
#include "tools/lull/session.h"

namespace lull {

// Each adds one command to the command line.
void AddBatchCommand(Command app, Session& session);
void AddUpCommand(Command app, Session& session);
void AddVersionCommand(Command app, Session& session);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_LOCAL_COMMANDS_H_
