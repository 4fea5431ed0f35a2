// The whole command line of `lull`.
#ifndef LULL_TOOLS_LULL_COMMAND_LINE_H_
#define LULL_TOOLS_LULL_COMMAND_LINE_H_

namespace CLI {
class App;
}  // namespace CLI

namespace lull {

struct Session;

// Adds every command and option to an empty command line. Parsing it sets `session.run`. Both have
// to live until that has run.
void BuildCommandLine(CLI::App& app, Session& session);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMMAND_LINE_H_
