#include "base/http/http_answer_format.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace lull {

std::string HttpAnswerFormat::Whole(HttpResponse response, absl::string_view date) {
  framing_ = Framing::kWhole;
  if (response.status != 204 && response.status != 304) {
    response.headers.Set("Content-Length", absl::StrCat(response.body.size()));
  }
  std::string bytes = Head(response.status, std::move(response.headers), date);
  if (!request_.is_head) bytes.append(response.body);
  return bytes;
}

std::string HttpAnswerFormat::Start(int status, HttpHeaders headers, absl::string_view date) {
  if (request_.http_1_0) {
    framing_ = Framing::kUntilClose;
    keep_alive_ = false;
  } else {
    framing_ = Framing::kChunked;
    headers.Set("Transfer-Encoding", "chunked");
  }
  return Head(status, std::move(headers), date);
}

std::string HttpAnswerFormat::Piece(std::string bytes) const {
  if (framing_ == Framing::kRaw) return bytes;
  if (request_.is_head || bytes.empty()) return "";
  if (framing_ != Framing::kChunked) return bytes;
  return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
}

std::string HttpAnswerFormat::End() const {
  return framing_ == Framing::kChunked && !request_.is_head ? "0\r\n\r\n" : "";
}

std::string HttpAnswerFormat::Head(int status, HttpHeaders headers, absl::string_view date) {
  const std::string* connection = headers.Find("Connection");
  if (connection != nullptr && absl::EqualsIgnoreCase(*connection, "close")) keep_alive_ = false;
  if (headers.Find("Date") == nullptr) headers.Add("Date", date);
  if (!keep_alive_) {
    headers.Set("Connection", "close");
  } else if (request_.http_1_0) {
    headers.Set("Connection", "keep-alive");
  }
  return FormatHttpHead(status, headers).append("\r\n");
}

}  // namespace lull
