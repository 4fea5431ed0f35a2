#include "base/http/http_request_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"

namespace lull {
namespace {

namespace http = boost::beast::http;

absl::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

int StatusOfError(const boost::beast::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

}  // namespace

struct HttpRequestReader::Parser {
  // Rebuilt for each request: Beast's parser is good for one message.
  std::optional<http::request_parser<http::string_body>> message;
};

HttpRequestReader::HttpRequestReader(size_t header_bytes_max, size_t body_bytes_max)
    : header_bytes_max_(header_bytes_max),
      body_bytes_max_(body_bytes_max),
      parser_(std::make_unique<Parser>()) {}

HttpRequestReader::~HttpRequestReader() = default;

size_t HttpRequestReader::Feed(absl::string_view bytes) {
  if (state_ == State::kDone || state_ == State::kFailed || bytes.empty()) return 0;
  size_t consumed = 0;
  if (state_ == State::kEmpty) {
    // Empty lines before a request are allowed and do not start its clock (RFC 9112, 2.2).
    while (consumed < bytes.size() && (bytes[consumed] == '\r' || bytes[consumed] == '\n')) {
      ++consumed;
    }
    if (consumed == bytes.size()) return consumed;
    parser_->message.emplace();
    parser_->message->eager(true);
    parser_->message->header_limit(static_cast<std::uint32_t>(header_bytes_max_));
    parser_->message->body_limit(body_bytes_max_);
    state_ = State::kHead;
  }
  auto& message = *parser_->message;
  boost::beast::error_code error;
  while (consumed < bytes.size() && !message.is_done()) {
    const absl::string_view rest = bytes.substr(consumed);
    const size_t taken = message.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    consumed += taken;
    if (error == http::error::need_more) break;
    if (error) {
      error_status_ = StatusOfError(error);
      state_ = State::kFailed;
      return consumed;
    }
    if (taken == 0) break;
  }
  if (message.is_done()) {
    state_ = State::kDone;
  } else if (message.is_header_done()) {
    state_ = State::kBody;
  } else if (bytes.size() - consumed > header_bytes_max_) {
    error_status_ = 431;
    state_ = State::kFailed;
  }
  return consumed;
}

bool HttpRequestReader::expects_continue() const {
  if (state_ != State::kBody) return false;
  const auto& fields = parser_->message->get();
  return absl::EqualsIgnoreCase(View(fields[http::field::expect]), "100-continue");
}

bool HttpRequestReader::http_1_0() const { return parser_->message->get().version() < 11; }

bool HttpRequestReader::keep_alive() const { return parser_->message->get().keep_alive(); }

HttpRequest HttpRequestReader::TakeRequest() {
  auto message = parser_->message->release();
  state_ = State::kEmpty;
  parser_->message.reset();
  HttpRequest request;
  request.method = std::string(View(message.method_string()));
  request.target = std::string(View(message.target()));
  const size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.Add(View(field.name_string()), View(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace lull
