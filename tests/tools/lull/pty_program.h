// Programs on a terminal of their own, as a person runs them.
#ifndef LULL_TESTS_TOOLS_LULL_PTY_PROGRAM_H_
#define LULL_TESTS_TOOLS_LULL_PTY_PROGRAM_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace lull {

// A terminal of 30 rows and 100 columns. The environment is the test's own without LULL_ variables,
// with `environment` on top. Not thread-safe.
class PtyProgram {
 public:
  explicit PtyProgram(const std::vector<std::string>& argv,
                      const std::vector<std::string>& environment = {});
  // Kills it if it still runs.
  ~PtyProgram();
  PtyProgram(const PtyProgram&) = delete;
  PtyProgram& operator=(const PtyProgram&) = delete;

  void Type(const std::string& text);
  void Resize(int rows, int columns);
  void Signal(int signal);

  // Reads until `text` was written since the last time that this found something; false if it is
  // not within a minute, or the program has ended.
  bool WaitFor(const std::string& text);
  // Everything it has written that was read.
  const std::string& screen() const { return screen_; }

  // Reads to its end: the exit code, or 128 + the signal that ended it; -1 if it does not end
  // within a minute.
  int Wait();

 private:
  // False: there is nothing more to read.
  bool ReadSome();

  int fd_ = -1;
  pid_t pid_ = 0;
  bool reaped_ = false;
  std::string screen_;
  size_t looked_at_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_PTY_PROGRAM_H_
