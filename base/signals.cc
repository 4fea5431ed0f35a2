#include "base/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <initializer_list>
#include <utility>

namespace lull {
namespace {

sigset_t SetOf(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals) sigaddset(&set, signal);
  return set;
}

extern "C" void ExitAtOnce(int signal) { _exit(128 + signal); }

// For this thread alone, which is where the kernel then delivers the next one.
void ExitOnNextStopSignal() {
  struct sigaction action = {};
  action.sa_handler = ExitAtOnce;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const sigset_t stop = SetOf({SIGTERM, SIGINT});
  pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
}

}  // namespace

void BlockSignals() {
  const sigset_t set = SetOf({SIGTERM, SIGINT, SIGHUP});
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

SignalThread::SignalThread(std::function<void(int signal)> handler)
    : handler_(std::move(handler)), thread_([this] { Run(); }) {}

SignalThread::~SignalThread() {
  stopping_ = true;
  // SIGHUP, because Run() waits for it whether or not it was asked to stop before.
  pthread_kill(thread_.native_handle(), SIGHUP);
  thread_.join();
}

void SignalThread::Run() {
  sigset_t awaited = SetOf({SIGTERM, SIGINT, SIGHUP});
  while (true) {
    int signal = 0;
    if (sigwait(&awaited, &signal) != 0) continue;
    if (stopping_) return;
    if (signal != SIGHUP) {
      awaited = SetOf({SIGHUP});
      ExitOnNextStopSignal();
    }
    handler_(signal);
  }
}

}  // namespace lull
