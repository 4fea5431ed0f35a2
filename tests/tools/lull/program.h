// Programs that a test runs.
#ifndef LULL_TESTS_TOOLS_LULL_PROGRAM_H_
#define LULL_TESTS_TOOLS_LULL_PROGRAM_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace lull {

// One run of a program, with its output kept in files. The environment is the test's own without
// LULL_ variables, with `environment` ("NAME=VALUE" each) on top.
class Program {
 public:
  explicit Program(const std::vector<std::string>& argv,
                   const std::vector<std::string>& environment = {});
  // Kills it if it still runs.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal);
  // Waits for its end: the exit code, or 128 + the signal that ended it.
  int Wait();

  // What it has written so far.
  std::string Out() const;
  std::string Err() const;

 private:
  void Reap(int options);

  std::string out_path_;
  std::string err_path_;
  pid_t pid_ = 0;
  bool ended_ = false;
  int code_ = 0;
};

// Waits until `condition` holds; false if it does not within a minute.
bool Eventually(const std::function<bool()>& condition);

// The path of a program that the test has as its data, e.g. "tools/lull/lull".
std::string DataPath(const std::string& path);

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_PROGRAM_H_
