#include "base/http/http_loop.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "base/http/http_connection.h"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/post.hpp"

namespace lull {

HttpLoop::HttpLoop()
    : work_(boost::asio::make_work_guard(context_)), timer_(context_), sweep_timer_(context_) {}

HttpLoop::~HttpLoop() = default;

void HttpLoop::StartThread() {
  thread_ = std::thread([this] { context_.run(); });
}

void HttpLoop::Join() {
  if (thread_.joinable()) thread_.join();
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  // What was posted after the loop's last step would own the loop for ever.
  context_.restart();
  context_.poll();
}

void HttpLoop::Post(std::function<void()> task) {
  MutexLock lock(mutex_);
  if (!closed_) boost::asio::post(context_, std::move(task));
}

void HttpLoop::Dispatch(std::function<void()> task) {
  if (context_.get_executor().running_in_this_thread()) {
    task();
  } else {
    Post(std::move(task));
  }
}

void HttpLoop::RunAfter(absl::Duration delay, std::function<void()> callback) {
  // A century stands for "never": time points must not overflow.
  delay = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 36500));
  Timer timer{std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay), 0,
              std::move(callback)};
  if (context_.get_executor().running_in_this_thread()) {
    AddTimer(std::move(timer));
    return;
  }
  Post([this, timer = std::move(timer)]() mutable { AddTimer(std::move(timer)); });
}

bool HttpLoop::Later(const Timer& a, const Timer& b) {
  return a.due != b.due ? a.due > b.due : a.number > b.number;
}

void HttpLoop::AddTimer(Timer timer) {
  if (closing_) return;
  timer.number = next_timer_++;
  timers_.push_back(std::move(timer));
  std::push_heap(timers_.begin(), timers_.end(), Later);
  ArmTimer();
}

void HttpLoop::ArmTimer() {
  if (timers_.empty() || timers_.front().due >= armed_for_) return;
  armed_for_ = timers_.front().due;
  timer_.expires_at(armed_for_);  // cancels the wait for a later instant
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) RunDueTimers();
  });
}

void HttpLoop::RunDueTimers() {
  armed_for_ = TimePoint::max();
  const TimePoint now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.front().due <= now) {
    std::pop_heap(timers_.begin(), timers_.end(), Later);
    const std::function<void()> callback = std::move(timers_.back().callback);
    timers_.pop_back();
    callback();
  }
  ArmTimer();
}

void HttpLoop::Add(std::shared_ptr<HttpConnection> connection) {
  if (closing_) {
    connection->Reset();
    return;
  }
  HttpConnection* const key = connection.get();
  open_[key] = std::move(connection);
  connections.store(static_cast<int64_t>(open_.size()), std::memory_order_relaxed);
}

void HttpLoop::Remove(HttpConnection* connection) {
  open_.erase(connection);
  connections.store(static_cast<int64_t>(open_.size()), std::memory_order_relaxed);
}

void HttpLoop::CloseIdleConnections() {
  std::vector<std::shared_ptr<HttpConnection>> open;
  for (const auto& entry : open_) open.push_back(entry.second);
  for (const auto& connection : open) connection->CloseWhenIdle();
}

void HttpLoop::Close() {
  closing_ = true;
  std::vector<std::shared_ptr<HttpConnection>> open;
  for (const auto& entry : open_) open.push_back(entry.second);
  for (const auto& connection : open) connection->Reset();
  // Callbacks may own responders whose end posts to this loop: let them go before the loop ends.
  std::vector<Timer>().swap(timers_);
  timer_.cancel();
  sweep_timer_.cancel();
  work_.reset();
}

void HttpLoop::StartSweeping(absl::Duration period) {
  sweep_period_ = period;
  Sweep();
}

void HttpLoop::Sweep() {
  // A sweep is at most a second after the last, so the date is never older than that.
  date_ = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                           absl::FromChrono(std::chrono::system_clock::now()), absl::UTCTimeZone());
  const TimePoint now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<HttpConnection>> late;
  for (const auto& entry : open_) {
    if (entry.second->deadline() <= now) late.push_back(entry.second);
  }
  for (const auto& connection : late) connection->OnDeadline();
  if (closing_) return;
  sweep_timer_.expires_after(absl::ToChronoNanoseconds(sweep_period_));
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Sweep();
  });
}

}  // namespace lull
