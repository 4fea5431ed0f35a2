// One client connection: reads requests, hands them to the handler one at a time, writes answers,
// keeps its deadlines. Internal to base/http; loop thread only, except buffered(), disconnected()
// and closed().
//
// Owned by its loop while open, and by the exchange of an unanswered request.
#ifndef LULL_BASE_HTTP_HTTP_CONNECTION_H_
#define LULL_BASE_HTTP_HTTP_CONNECTION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/http/http_answer_format.h"
#include "base/http/http_loop.h"
#include "base/http/http_output.h"
#include "base/http/http_request_reader.h"
#include "base/http/http_server.h"
#include "boost/asio/ip/tcp.hpp"

namespace lull {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // What the server's connections share.
  struct Shared {
    HttpServerOptions options;
    HttpHandler handler;
  };

  HttpConnection(std::shared_ptr<HttpLoop> loop, std::shared_ptr<const Shared> shared,
                 boost::asio::ip::tcp::socket socket, uint64_t number);

  void Begin();
  // Answers 503 and closes: the server has too many connections.
  void Refuse();

  HttpLoop::TimePoint deadline() const { return deadline_; }
  void OnDeadline();
  // Closes now if no answer is under way, else after it.
  void CloseWhenIdle();
  void Reset();

  // For the exchange. Each is ignored unless `nth` is the request that is being answered.
  void Reply(uint64_t nth, HttpResponse response);
  void StartAnswer(uint64_t nth, int status, HttpHeaders headers);
  void StartRaw(uint64_t nth);
  void WriteBody(uint64_t nth, std::string bytes);
  void EndAnswer(uint64_t nth);
  void CloseAnswer(uint64_t nth);
  void AbortAnswer(uint64_t nth);
  void DropAnswer(uint64_t nth);  // the last responder is gone
  void OnDisconnect(uint64_t nth, std::function<void()> callback);
  void OnWritable(uint64_t nth, std::function<void()> callback);

  const std::shared_ptr<HttpLoop>& loop() const { return loop_; }
  size_t write_buffer_bytes_max() const { return shared_->options.write_buffer_bytes_max; }

  // Any thread: bytes given to Write and not yet taken by the system.
  std::atomic<size_t>& buffered() { return output_.buffered(); }
  // Any thread: the client has closed its side, or the connection is closed.
  bool disconnected() const { return disconnected_.load(std::memory_order_acquire); }
  bool closed() const { return closed_.load(std::memory_order_acquire); }

 private:
  enum class Phase {
    kReading,    // waiting for a request, or inside one
    kAnswering,  // the handler has it
    kEnding,     // the answer is complete but not yet sent
    kLingering,  // our side is closed; reads what the client still sends
    kClosed,
  };
  void WaitForBytes();
  void ReadBytes();
  void OnPeerClosed();
  void ParseInput();
  void BeginAnswer();
  void RefuseInput(int status);
  void SetDeadline(absl::Duration from_now);

  bool IsAnswering(uint64_t nth) const { return phase_ == Phase::kAnswering && nth == nth_; }
  void FinishAnswer();
  void Send(std::string bytes);
  void Flush();
  void OnFlushed();
  void CallWritable();
  void TellDisconnected();
  void CloseSocket(bool reset);

  const std::shared_ptr<HttpLoop> loop_;
  const std::shared_ptr<const Shared> shared_;
  boost::asio::ip::tcp::socket socket_;
  const uint64_t number_;
  std::string peer_;

  Phase phase_ = Phase::kReading;
  HttpLoop::TimePoint deadline_ = HttpLoop::TimePoint::max();
  bool read_waiting_ = false;
  bool peer_closed_ = false;
  bool close_when_idle_ = false;

  HttpRequestReader reader_;
  std::string input_;  // received and not yet consumed by the reader
  bool sent_continue_ = false;

  uint64_t nth_ = 0;  // the request that is or was last answered
  HttpAnswerFormat format_;
  std::function<void()> on_disconnect_;
  std::function<void()> on_writable_;

  HttpOutput output_;
  bool write_waiting_ = false;
  size_t progress_ = 0;  // bytes taken since the write deadline was set
  std::atomic<bool> disconnected_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_CONNECTION_H_
