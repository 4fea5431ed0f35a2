// Runs the program `lull` as scripts do.
#ifndef LULL_TESTS_TOOLS_LULL_LULL_COMMAND_H_
#define LULL_TESTS_TOOLS_LULL_LULL_COMMAND_H_

#include <string>
#include <vector>

#include "tests/tools/lull/program.h"

namespace lull {

// What one run left behind.
struct LullRun {
  int code = 0;
  std::string out;
  std::string err;
};

// Waits for its end. The test has //tools/lull as its data.
inline LullRun RunLull(const std::string& server, std::vector<std::string> arguments,
                       std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), DataPath("tools/lull/lull"));
  environment.push_back("LULL_SERVER=" + server);
  environment.push_back("TZ=UTC");
  Program program(arguments, environment);
  LullRun run;
  run.code = program.Wait();
  run.out = program.Out();
  run.err = program.Err();
  return run;
}

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_LULL_COMMAND_H_
