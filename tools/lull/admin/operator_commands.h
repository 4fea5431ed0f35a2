// The commands about the server.
#ifndef LULL_TOOLS_LULL_ADMIN_OPERATOR_COMMANDS_H_
#define LULL_TOOLS_LULL_ADMIN_OPERATOR_COMMANDS_H_

#include "tools/lull/command.h"
#include "tools/lull/session.h"

namespace lull {

// Each adds one command to the command line.
void AddTopCommand(Command app, Session& session);
void AddClassesCommand(Command app, Session& session);
void AddUpstreamsCommand(Command app, Session& session);
void AddWorkersCommand(Command app, Session& session);
void AddUsageCommand(Command app, Session& session);
void AddBackupCommand(Command app, Session& session);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_ADMIN_OPERATOR_COMMANDS_H_
