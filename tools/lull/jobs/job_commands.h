// The commands about jobs.
#ifndef LULL_TOOLS_LULL_JOBS_JOB_COMMANDS_H_
#define LULL_TOOLS_LULL_JOBS_JOB_COMMANDS_H_

#include "tools/lull/command.h"
#include "tools/lull/session.h"

namespace lull {

// Each adds one command to the command line.
void AddSubmitCommand(Command app, Session& session);
void AddGetCommand(Command app, Session& session);
void AddWaitCommand(Command app, Session& session);
void AddListCommand(Command app, Session& session);
void AddWatchCommand(Command app, Session& session);
void AddWhyCommand(Command app, Session& session);
void AddCancelCommand(Command app, Session& session);
void AddRetryCommand(Command app, Session& session);
void AddUpdateCommand(Command app, Session& session);
void AddDeleteCommand(Command app, Session& session);
void AddPurgeCommand(Command app, Session& session);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_JOB_COMMANDS_H_
