#include "base/http/http_server.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/http/http_connection.h"
#include "base/http/http_loop.h"
#include "boost/asio/ip/tcp.hpp"

namespace lull {
namespace {

using boost::asio::ip::tcp;

constexpr int kThreadsMax = 64;
// Connections beyond the limit that may be told so at the same time; more are closed without a
// word.
constexpr int kRefusalsMax = 64;
// How long accepting rests when the process has no file descriptor left.
constexpr absl::Duration kAcceptPause = absl::Milliseconds(50);

absl::Status Validate(const HttpServerOptions& options) {
  if (options.port < 0 || options.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("HTTP port is ", options.port, ", allowed are 0 to 65535"));
  }
  if (options.threads < 1 || options.threads > kThreadsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("HTTP threads is ", options.threads, ", allowed are 1 to ", kThreadsMax));
  }
  if (options.connections_max < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "HTTP connections_max is ", options.connections_max, ", it must be at least 1"));
  }
  return absl::OkStatus();
}

// Deadlines are exact to about a tenth of the shortest of them.
absl::Duration SweepPeriod(const HttpServerOptions& options) {
  const absl::Duration shortest = std::min(
      {options.header_timeout, options.body_timeout, options.idle_timeout, options.write_timeout});
  return std::clamp(shortest / 10, absl::Milliseconds(10), absl::Seconds(1));
}

}  // namespace

// Accepts on the first loop's thread and spreads connections over all loops.
class HttpServer::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(const HttpServerOptions& options, HttpHandler handler)
      : shared_(std::make_shared<HttpConnection::Shared>(
            HttpConnection::Shared{options, std::move(handler)})) {
    for (int i = 0; i < options.threads; ++i) loops_.push_back(std::make_shared<HttpLoop>());
    acceptor_.emplace(loops_[0]->context());
  }

  absl::Status Listen() {
    const HttpServerOptions& options = shared_->options;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(options.address, error);
    if (error) {
      return absl::InvalidArgumentError(absl::StrCat(
          "HTTP address is \"", options.address, "\", it must be a numeric IPv4 or IPv6 address"));
    }
    const tcp::endpoint endpoint(address, static_cast<uint16_t>(options.port));
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (error) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address, ":",
                                                 options.port, ": ", error.message()));
    }
    return absl::OkStatus();
  }

  void Serve() {
    const absl::Duration sweep = SweepPeriod(shared_->options);
    for (const auto& loop : loops_) loop->Post([loop, sweep] { loop->StartSweeping(sweep); });
    loops_[0]->Post([self = shared_from_this()] { self->Accept(); });
    for (const auto& loop : loops_) loop->StartThread();
  }

  void Stop(absl::Duration grace) {
    if (stopped_.exchange(true)) return;
    std::promise<void> closed;
    loops_[0]->Post([this, &closed] {
      boost::system::error_code error;
      acceptor_->close(error);
      closed.set_value();
    });
    closed.get_future().wait();
    for (const auto& loop : loops_) loop->Post([loop] { loop->CloseIdleConnections(); });
    const absl::Time give_up = absl::Now() + grace;
    while (Sum(&HttpLoop::answering) > 0 && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(2));
    }
    for (const auto& loop : loops_) loop->Post([loop] { loop->Close(); });
    for (const auto& loop : loops_) loop->Join();
  }

  int port() const { return port_; }
  HttpLoop& first_loop() { return *loops_[0]; }

  HttpServerCounts counts() const {
    return {Sum(&HttpLoop::connections), accepted_.load(), refused_.load(),
            Sum(&HttpLoop::requests)};
  }

 private:
  int64_t Sum(std::atomic<int64_t> HttpLoop::*count) const {
    int64_t sum = 0;
    for (const auto& loop : loops_) sum += (loop.get()->*count).load(std::memory_order_relaxed);
    return sum;
  }

  void Accept() {
    const std::shared_ptr<HttpLoop>& loop = loops_[next_loop_];
    next_loop_ = (next_loop_ + 1) % loops_.size();
    acceptor_->async_accept(
        loop->context(), [self = shared_from_this(), loop](const boost::system::error_code& error,
                                                           tcp::socket socket) {
          if (!self->acceptor_->is_open()) return;
          if (!error) self->Take(loop, std::move(socket));
          const bool exhausted = error == boost::asio::error::no_descriptors ||
                                 error == boost::asio::error::no_buffer_space ||
                                 error == boost::asio::error::no_memory;
          if (exhausted) {
            self->loops_[0]->RunAfter(kAcceptPause, [self] {
              if (self->acceptor_->is_open()) self->Accept();
            });
          } else {
            self->Accept();
          }
        });
  }

  void Take(const std::shared_ptr<HttpLoop>& loop, tcp::socket socket) {
    const uint64_t number = static_cast<uint64_t>(accepted_.fetch_add(1)) + 1;
    const int64_t open = Sum(&HttpLoop::connections);
    const bool full = open >= shared_->options.connections_max;
    if (full) refused_.fetch_add(1);
    if (open >= shared_->options.connections_max + kRefusalsMax) return;
    auto connection = std::make_shared<HttpConnection>(loop, shared_, std::move(socket), number);
    loop->Dispatch([loop, connection, full] {
      loop->Add(connection);
      if (full) {
        connection->Refuse();
      } else {
        connection->Begin();
      }
    });
  }

  const std::shared_ptr<const HttpConnection::Shared> shared_;
  std::vector<std::shared_ptr<HttpLoop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  int port_ = 0;
  size_t next_loop_ = 0;
  std::atomic<int64_t> accepted_{0};
  std::atomic<int64_t> refused_{0};
  std::atomic<bool> stopped_{false};
};

HttpServer::HttpServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}

HttpServer::~HttpServer() { Stop(); }

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                              HttpHandler handler) {
  if (absl::Status status = Validate(options); !status.ok()) return status;
  auto listener = std::make_shared<Listener>(options, std::move(handler));
  if (absl::Status status = listener->Listen(); !status.ok()) return status;
  listener->Serve();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(listener)));
}

int HttpServer::port() const { return listener_->port(); }

HttpServerCounts HttpServer::counts() const { return listener_->counts(); }

void HttpServer::RunAfter(absl::Duration delay, std::function<void()> callback) {
  listener_->first_loop().RunAfter(delay, std::move(callback));
}

void HttpServer::Stop(absl::Duration grace) { listener_->Stop(grace); }

}  // namespace lull
