// One request's way back to its connection: what copies of a responder share. Internal to
// base/http. Any thread.
#ifndef LULL_BASE_HTTP_HTTP_EXCHANGE_H_
#define LULL_BASE_HTTP_HTTP_EXCHANGE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/http/http_connection.h"

namespace lull {

class HttpExchange {
 public:
  HttpExchange(std::shared_ptr<HttpConnection> connection, uint64_t nth)
      : connection_(std::move(connection)), nth_(nth) {}

  ~HttpExchange() {
    if (ended_.load(std::memory_order_acquire)) return;
    connection_->loop()->Dispatch(
        [connection = connection_, nth = nth_] { connection->DropAnswer(nth); });
  }

  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // Runs `action(connection, nth)` on the loop's thread.
  template <typename Action>
  void OnLoop(Action action) {
    connection_->loop()->Dispatch(
        [connection = connection_, nth = nth_, action = std::move(action)]() mutable {
          action(*connection, nth);
        });
  }

  // True for the first caller only: an answer ends once.
  bool End() { return !ended_.exchange(true, std::memory_order_acq_rel); }
  bool ended() const { return ended_.load(std::memory_order_acquire); }

  HttpConnection& connection() { return *connection_; }

 private:
  const std::shared_ptr<HttpConnection> connection_;
  const uint64_t nth_;
  std::atomic<bool> ended_{false};
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_EXCHANGE_H_
