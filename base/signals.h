// Signals as calls on an ordinary thread, where locks and logging are allowed.
//
//   int main() {
//     BlockSignals();                                    // before the first thread starts
//     Server server;
//     SignalThread signals([&](int signal) { ... });     // asks the server to stop or to read its
//     config again server.Run();
//   }
#ifndef LULL_BASE_SIGNALS_H_
#define LULL_BASE_SIGNALS_H_

#include <atomic>
#include <functional>
#include <thread>

namespace lull {

// Blocks SIGTERM, SIGINT and SIGHUP in this thread and in those it starts from now on, and ignores
// SIGPIPE. Programs started by this one inherit both.
void BlockSignals();

// Waits for the blocked signals and hands them to `handler`, on its own thread, one after the
// other: SIGTERM or SIGINT once (stop), SIGHUP any number of times (reload). The next SIGTERM or
// SIGINT after that ends the process at once with status 128 + signal, even while `handler` runs.
// At most one exists at a time.
class SignalThread {
 public:
  explicit SignalThread(std::function<void(int signal)> handler);
  // Waits for a running handler. The signals stay blocked.
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void Run();

  const std::function<void(int signal)> handler_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_BASE_SIGNALS_H_
