#include "base/http/http_responder.h"

#include <utility>

#include "base/http/http_exchange.h"

namespace lull {

void HttpResponder::Reply(HttpResponse response) {
  if (!exchange_->End()) return;
  exchange_->OnLoop(
      [response = std::move(response)](HttpConnection& connection, uint64_t nth) mutable {
        connection.Reply(nth, std::move(response));
      });
}

void HttpResponder::Start(int status, HttpHeaders headers) {
  exchange_->OnLoop(
      [status, headers = std::move(headers)](HttpConnection& connection, uint64_t nth) mutable {
        connection.StartAnswer(nth, status, std::move(headers));
      });
}

HttpWrite HttpResponder::Write(std::string bytes) {
  HttpConnection& connection = exchange_->connection();
  if (exchange_->ended() || connection.closed()) return HttpWrite::kGone;
  if (bytes.empty()) return HttpWrite::kTaken;
  // An empty buffer takes a piece of any size, else a piece above the limit could never be sent.
  const size_t before = connection.buffered().fetch_add(bytes.size(), std::memory_order_acq_rel);
  if (before > 0 && before + bytes.size() > connection.write_buffer_bytes_max()) {
    connection.buffered().fetch_sub(bytes.size(), std::memory_order_acq_rel);
    return HttpWrite::kFull;
  }
  exchange_->OnLoop([bytes = std::move(bytes)](HttpConnection& target, uint64_t nth) mutable {
    target.WriteBody(nth, std::move(bytes));
  });
  return HttpWrite::kTaken;
}

void HttpResponder::End() {
  if (!exchange_->End()) return;
  exchange_->OnLoop([](HttpConnection& connection, uint64_t nth) { connection.EndAnswer(nth); });
}

void HttpResponder::StartRaw() {
  exchange_->OnLoop([](HttpConnection& connection, uint64_t nth) { connection.StartRaw(nth); });
}

void HttpResponder::Close() {
  if (!exchange_->End()) return;
  exchange_->OnLoop([](HttpConnection& connection, uint64_t nth) { connection.CloseAnswer(nth); });
}

void HttpResponder::Abort() {
  if (!exchange_->End()) return;
  exchange_->OnLoop([](HttpConnection& connection, uint64_t nth) { connection.AbortAnswer(nth); });
}

void HttpResponder::OnDisconnect(std::function<void()> callback) {
  exchange_->OnLoop(
      [callback = std::move(callback)](HttpConnection& connection, uint64_t nth) mutable {
        connection.OnDisconnect(nth, std::move(callback));
      });
}

void HttpResponder::OnWritable(std::function<void()> callback) {
  exchange_->OnLoop(
      [callback = std::move(callback)](HttpConnection& connection, uint64_t nth) mutable {
        connection.OnWritable(nth, std::move(callback));
      });
}

void HttpResponder::RunAfter(absl::Duration delay, std::function<void()> callback) {
  exchange_->connection().loop()->RunAfter(delay, std::move(callback));
}

bool HttpResponder::gone() const { return exchange_->connection().disconnected(); }

}  // namespace lull
