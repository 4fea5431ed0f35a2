// One thread of the HTTP server: its event loop, its timers, and the connections it serves.
// Internal to base/http.
//
// A connection and everything it owns is touched only by its loop's thread; other threads come in
// through Post. Connections, and answers held by handlers, own the loop, so a late call on a
// responder finds a loop that is closed rather than gone.
#ifndef LULL_BASE_HTTP_HTTP_LOOP_H_
#define LULL_BASE_HTTP_HTTP_LOOP_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"

namespace lull {

class HttpConnection;

class HttpLoop : public std::enable_shared_from_this<HttpLoop> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  HttpLoop();
  ~HttpLoop();

  void StartThread();
  // From another thread, after Close was posted.
  void Join();

  // Any thread. Inside the loop's thread Dispatch runs at once. Both drop `task` after Close.
  void Post(std::function<void()> task);
  void Dispatch(std::function<void()> task);
  void RunAfter(absl::Duration delay, std::function<void()> callback);

  // The rest: loop thread only.
  void Add(std::shared_ptr<HttpConnection> connection);
  void Remove(HttpConnection* connection);
  void CloseIdleConnections();
  // Resets all connections, drops all timers and lets the thread end.
  void Close();
  // How often connections' deadlines are looked at; at most a second.
  void StartSweeping(absl::Duration period);
  // Now, as a Date header field has it.
  const std::string& date() const { return date_; }

  boost::asio::io_context& context() { return context_; }
  // Where a connection reads into before it looks at the bytes.
  std::array<char, 64 << 10>& scratch() { return scratch_; }

  std::atomic<int64_t> connections{0};
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> answering{0};

 private:
  struct Timer {
    TimePoint due;
    uint64_t number;  // timers of the same instant run in the order they were set
    std::function<void()> callback;
  };
  static bool Later(const Timer& a, const Timer& b);

  void AddTimer(Timer timer);
  void ArmTimer();
  void RunDueTimers();
  void Sweep();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;

  Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  std::vector<Timer> timers_;  // a heap, earliest first
  uint64_t next_timer_ = 1;
  boost::asio::steady_timer timer_;
  TimePoint armed_for_ = TimePoint::max();

  absl::Duration sweep_period_;
  boost::asio::steady_timer sweep_timer_;
  absl::flat_hash_map<HttpConnection*, std::shared_ptr<HttpConnection>> open_;
  std::string date_;
  bool closing_ = false;
  std::array<char, 64 << 10> scratch_;
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_LOOP_H_
