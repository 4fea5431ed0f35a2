#include "base/http/http_connection.h"

#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/http/http_exchange.h"

namespace lull {
namespace {

using boost::asio::ip::tcp;

// Bytes of a following request that are read while an answer is under way. Reading on is how a
// closed connection is noticed; beyond this it is no longer.
constexpr size_t kPipelinedBytesMax = 64 << 10;
// Unread bytes behind a refused request are read and dropped for this long, because closing a
// socket that has unread bytes resets it and may destroy the refusal on its way.
constexpr absl::Duration kLingerTime = absl::Seconds(2);
// The piece of output that a client must take within the write timeout.
constexpr size_t kWriteProgressBytes = 64 << 10;

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpLoop> loop, std::shared_ptr<const Shared> shared,
                               tcp::socket socket, uint64_t number)
    : loop_(std::move(loop)),
      shared_(std::move(shared)),
      socket_(std::move(socket)),
      number_(number),
      reader_(shared_->options.header_bytes_max, shared_->options.body_bytes_max) {}

void HttpConnection::Begin() {
  boost::system::error_code error;
  const tcp::endpoint peer = socket_.remote_endpoint(error);
  if (!error) {
    const std::string address = peer.address().to_string();
    peer_ = peer.address().is_v6() ? absl::StrCat("[", address, "]:", peer.port())
                                   : absl::StrCat(address, ":", peer.port());
  }
  socket_.non_blocking(true, error);
  socket_.set_option(tcp::no_delay(true), error);
  SetDeadline(shared_->options.idle_timeout);
  WaitForBytes();
}

void HttpConnection::Refuse() {
  Begin();
  RefuseInput(503);
}

void HttpConnection::SetDeadline(absl::Duration from_now) {
  deadline_ = from_now >= absl::Hours(24 * 36500)
                  ? HttpLoop::TimePoint::max()
                  : std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(from_now);
}

void HttpConnection::OnDeadline() {
  if (phase_ == Phase::kReading && reader_.state() != HttpRequestReader::State::kEmpty) {
    RefuseInput(408);
  } else {
    // Idle or lingering: an ordinary end. A client that does not take its answer: no more of it.
    CloseSocket(phase_ == Phase::kAnswering || phase_ == Phase::kEnding);
  }
}

void HttpConnection::CloseWhenIdle() {
  close_when_idle_ = true;
  format_.CloseAfterwards();
  if (phase_ == Phase::kReading && reader_.state() == HttpRequestReader::State::kEmpty) {
    CloseSocket(false);
  }
}

void HttpConnection::Reset() {
  CloseSocket(phase_ == Phase::kAnswering || phase_ == Phase::kEnding);
}

void HttpConnection::WaitForBytes() {
  if (read_waiting_ || peer_closed_ || phase_ == Phase::kClosed) return;
  if (input_.size() >= kPipelinedBytesMax && phase_ != Phase::kReading) return;
  read_waiting_ = true;
  socket_.async_wait(tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->read_waiting_ = false;
                       if (self->phase_ == Phase::kClosed) return;
                       if (error) {
                         self->CloseSocket(false);
                       } else {
                         self->ReadBytes();
                       }
                     });
}

void HttpConnection::ReadBytes() {
  boost::system::error_code error;
  const size_t size = socket_.read_some(boost::asio::buffer(loop_->scratch()), error);
  if (error == boost::asio::error::would_block) {
    WaitForBytes();
  } else if (error == boost::asio::error::eof) {
    OnPeerClosed();
  } else if (error) {
    CloseSocket(false);
  } else if (phase_ == Phase::kLingering) {
    WaitForBytes();
  } else {
    input_.append(loop_->scratch().data(), size);
    if (phase_ == Phase::kReading) {
      ParseInput();
    } else {
      WaitForBytes();
    }
  }
}

void HttpConnection::OnPeerClosed() {
  peer_closed_ = true;
  format_.CloseAfterwards();
  if (phase_ == Phase::kAnswering) {
    TellDisconnected();
  } else if (phase_ != Phase::kEnding) {
    CloseSocket(false);
  }
}

void HttpConnection::ParseInput() {
  const HttpRequestReader::State before = reader_.state();
  input_.erase(0, reader_.Feed(input_));
  switch (reader_.state()) {
    case HttpRequestReader::State::kFailed:
      RefuseInput(reader_.error_status());
      return;
    case HttpRequestReader::State::kDone:
      BeginAnswer();
      return;
    case HttpRequestReader::State::kHead:
      if (before == HttpRequestReader::State::kEmpty) SetDeadline(shared_->options.header_timeout);
      break;
    case HttpRequestReader::State::kBody:
      if (before != HttpRequestReader::State::kBody) SetDeadline(shared_->options.body_timeout);
      if (reader_.expects_continue() && !sent_continue_) {
        sent_continue_ = true;
        Send("HTTP/1.1 100 Continue\r\n\r\n");
      }
      break;
    case HttpRequestReader::State::kEmpty:
      break;
  }
  WaitForBytes();
}

void HttpConnection::BeginAnswer() {
  HttpAnswerFormat::Request answered;
  answered.http_1_0 = reader_.http_1_0();
  answered.keep_alive = reader_.keep_alive() && !close_when_idle_;
  sent_continue_ = false;
  HttpRequest request = reader_.TakeRequest();
  request.peer = peer_;
  request.connection = number_;
  request.nth_on_connection = ++nth_;
  answered.is_head = request.method == "HEAD";
  format_ = HttpAnswerFormat(answered);
  phase_ = Phase::kAnswering;
  deadline_ = HttpLoop::TimePoint::max();
  loop_->requests.fetch_add(1, std::memory_order_relaxed);
  loop_->answering.fetch_add(1, std::memory_order_relaxed);
  WaitForBytes();
  shared_->handler(std::move(request),
                   HttpResponder(std::make_shared<HttpExchange>(shared_from_this(), nth_)));
}

void HttpConnection::RefuseInput(int status) {
  phase_ = Phase::kLingering;
  SetDeadline(kLingerTime);
  format_ = HttpAnswerFormat(HttpAnswerFormat::Request());
  Send(format_.Whole(TextResponse(status, absl::StrCat(HttpReasonPhrase(status), "\n")),
                     loop_->date()));
}

void HttpConnection::Reply(uint64_t nth, HttpResponse response) {
  if (!IsAnswering(nth)) return;
  if (format_.started()) {
    // A whole answer inside a streamed one has no place; the client must not take it for the body.
    CloseSocket(true);
    return;
  }
  Send(format_.Whole(std::move(response), loop_->date()));
  FinishAnswer();
}

void HttpConnection::StartAnswer(uint64_t nth, int status, HttpHeaders headers) {
  if (!IsAnswering(nth) || format_.started()) return;
  Send(format_.Start(status, std::move(headers), loop_->date()));
}

void HttpConnection::StartRaw(uint64_t nth) {
  if (IsAnswering(nth) && !format_.started()) format_.StartRaw();
}

void HttpConnection::WriteBody(uint64_t nth, std::string bytes) {
  // The output counts what is sent, framing included; Write reserved the bare bytes.
  buffered().fetch_sub(bytes.size(), std::memory_order_acq_rel);
  if (IsAnswering(nth) && format_.started()) Send(format_.Piece(std::move(bytes)));
}

void HttpConnection::EndAnswer(uint64_t nth) {
  if (!IsAnswering(nth)) return;
  if (!format_.started()) {
    DropAnswer(nth);
    return;
  }
  Send(format_.End());
  FinishAnswer();
}

void HttpConnection::CloseAnswer(uint64_t nth) {
  if (!IsAnswering(nth)) return;
  format_.CloseAfterwards();
  FinishAnswer();
}

void HttpConnection::AbortAnswer(uint64_t nth) {
  if (IsAnswering(nth)) CloseSocket(true);
}

void HttpConnection::DropAnswer(uint64_t nth) {
  if (!IsAnswering(nth)) return;
  if (format_.started()) {
    CloseSocket(true);
  } else {
    Reply(nth, TextResponse(500, "The request was dropped without an answer.\n"));
  }
}

void HttpConnection::OnDisconnect(uint64_t nth, std::function<void()> callback) {
  if (phase_ == Phase::kClosed && nth == nth_) {
    loop_->Post(std::move(callback));
  } else if (IsAnswering(nth)) {
    on_disconnect_ = std::move(callback);
    if (peer_closed_) TellDisconnected();
  }
}

void HttpConnection::OnWritable(uint64_t nth, std::function<void()> callback) {
  if (phase_ == Phase::kClosed && nth == nth_) {
    loop_->Post(std::move(callback));
  } else if (IsAnswering(nth)) {
    on_writable_ = std::move(callback);
    CallWritable();
  }
}

void HttpConnection::CallWritable() {
  if (!on_writable_) return;
  if (buffered().load(std::memory_order_acquire) * 2 >= write_buffer_bytes_max()) return;
  // Posted, because a callback that writes and asks again would otherwise recurse without end.
  loop_->Post(std::exchange(on_writable_, nullptr));
}

void HttpConnection::TellDisconnected() {
  disconnected_.store(true, std::memory_order_release);
  if (on_disconnect_) loop_->Post(std::exchange(on_disconnect_, nullptr));
}

void HttpConnection::FinishAnswer() {
  if (phase_ != Phase::kAnswering) return;
  on_disconnect_ = nullptr;
  on_writable_ = nullptr;
  phase_ = Phase::kEnding;
  loop_->answering.fetch_sub(1, std::memory_order_relaxed);
  if (output_.empty()) OnFlushed();
}

void HttpConnection::Send(std::string bytes) {
  if (phase_ == Phase::kClosed) return;
  output_.Add(std::move(bytes));
  if (!write_waiting_) Flush();
}

void HttpConnection::Flush() {
  switch (output_.SendTo(socket_)) {
    case HttpOutput::Sent::kAll:
      if (phase_ == Phase::kAnswering) deadline_ = HttpLoop::TimePoint::max();
      OnFlushed();
      return;
    case HttpOutput::Sent::kBroken:
      CloseSocket(false);
      return;
    case HttpOutput::Sent::kBlocked:
      break;
  }
  progress_ += output_.TakeProgress();
  const bool answering = phase_ == Phase::kAnswering || phase_ == Phase::kEnding;
  if (answering && (deadline_ == HttpLoop::TimePoint::max() || progress_ >= kWriteProgressBytes)) {
    progress_ = 0;
    SetDeadline(shared_->options.write_timeout);
  }
  write_waiting_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->write_waiting_ = false;
                       if (self->phase_ == Phase::kClosed) return;
                       if (error) {
                         self->CloseSocket(false);
                       } else {
                         self->Flush();
                       }
                     });
}

void HttpConnection::OnFlushed() {
  CallWritable();
  if (phase_ == Phase::kLingering) {
    boost::system::error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    WaitForBytes();
  }
  if (phase_ != Phase::kEnding) return;
  if (!format_.keep_alive()) {
    CloseSocket(false);
    return;
  }
  phase_ = Phase::kReading;
  SetDeadline(shared_->options.idle_timeout);
  if (input_.empty()) {
    WaitForBytes();
  } else {
    // Posted, so that a long row of pipelined requests does not become a deep stack.
    loop_->Post([self = shared_from_this()] {
      if (self->phase_ == Phase::kReading) self->ParseInput();
    });
  }
}

void HttpConnection::CloseSocket(bool reset) {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kAnswering) loop_->answering.fetch_sub(1, std::memory_order_relaxed);
  phase_ = Phase::kClosed;
  closed_.store(true, std::memory_order_release);
  boost::system::error_code error;
  if (reset) socket_.set_option(boost::asio::socket_base::linger(true, 0), error);
  socket_.close(error);
  if (on_writable_) loop_->Post(std::exchange(on_writable_, nullptr));
  TellDisconnected();
  loop_->Remove(this);
}

}  // namespace lull
