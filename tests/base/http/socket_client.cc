#include "tests/base/http/socket_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lull {

SocketClient::SocketClient(int port) {
  fd_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience = {10, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    end_ = End::kReset;
  }
}

SocketClient::~SocketClient() { Close(); }

void SocketClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void SocketClient::ShutdownSending() { shutdown(fd_, SHUT_WR); }

void SocketClient::SetReceiveBuffer(int bytes) {
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

bool SocketClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool SocketClient::SendRequest(absl::string_view method, absl::string_view target,
                               absl::string_view body, const HttpHeaders& headers) {
  std::string request = absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: test\r\n");
  for (const auto& [name, value] : headers.fields()) {
    absl::StrAppend(&request, name, ": ", value, "\r\n");
  }
  if (!body.empty()) absl::StrAppend(&request, "Content-Length: ", body.size(), "\r\n");
  return Send(absl::StrCat(request, "\r\n", body));
}

SocketClient::Answer SocketClient::Call(absl::string_view method, absl::string_view target,
                                        absl::string_view body, const HttpHeaders& headers) {
  if (!SendRequest(method, target, body, headers)) return {};
  return ReadAnswer(method == "HEAD");
}

bool SocketClient::ReadMore() {
  if (end_ != End::kOpen) return false;
  char buffer[64 << 10];
  const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
  if (size > 0) {
    input_.append(buffer, static_cast<size_t>(size));
    return true;
  }
  if (size == 0) end_ = End::kClosed;
  if (size < 0 && errno == ECONNRESET) end_ = End::kReset;
  return false;
}

std::string SocketClient::ReadToEnd() {
  while (ReadMore()) {
  }
  return std::exchange(input_, "");
}

bool SocketClient::ReadUntil(absl::string_view text, std::string* read) {
  while (input_.find(std::string(text)) == std::string::npos) {
    if (!ReadMore()) {
      *read = input_;
      return false;
    }
  }
  const size_t end = input_.find(std::string(text)) + text.size();
  *read = input_.substr(0, end);
  input_.erase(0, end);
  return true;
}

void SocketClient::ReadChunks(size_t offset, Answer* answer) {
  while (true) {
    size_t line_end;
    while ((line_end = input_.find("\r\n", offset)) == std::string::npos) {
      if (!ReadMore()) return;
    }
    const size_t size = std::strtoul(input_.c_str() + offset, nullptr, 16);
    const size_t next = line_end + 2 + size + 2;
    while (input_.size() < next) {
      if (!ReadMore()) {
        answer->body.append(input_, line_end + 2);
        return;
      }
    }
    answer->body.append(input_, line_end + 2, size);
    offset = next;
    if (size == 0) break;
  }
  answer->complete = true;
  answer->raw = input_.substr(0, offset);
  input_.erase(0, offset);
}

SocketClient::Answer SocketClient::ReadAnswer(bool head) {
  Answer answer;
  size_t head_end;
  while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) {
      answer.raw = std::exchange(input_, "");
      return answer;
    }
  }
  const std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(input_).substr(0, head_end), "\r\n");
  const std::vector<std::string> status_line = absl::StrSplit(lines[0], absl::MaxSplits(' ', 2));
  if (status_line.size() < 2 || !absl::SimpleAtoi(status_line[1], &answer.status)) return answer;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    answer.headers.Add(field.first, absl::StripAsciiWhitespace(field.second));
  }
  const size_t body_begin = head_end + 4;
  const std::string* length = answer.headers.Find("Content-Length");
  size_t size = 0;
  if (head || answer.status == 100 || answer.status == 204) {
    answer.complete = true;
  } else if (answer.headers.Find("Transfer-Encoding") != nullptr) {
    ReadChunks(body_begin, &answer);
    if (!answer.complete) answer.raw = std::exchange(input_, "");
    return answer;
  } else if (length != nullptr && absl::SimpleAtoi(*length, &size)) {
    while (input_.size() < body_begin + size && ReadMore()) {
    }
    answer.complete = input_.size() >= body_begin + size;
  } else {
    while (ReadMore()) {
    }
    size = input_.size() - body_begin;
    answer.complete = end_ == End::kClosed;
  }
  answer.body = input_.substr(body_begin, size);
  answer.raw = input_.substr(0, body_begin + size);
  input_.erase(0, body_begin + size);
  return answer;
}

}  // namespace lull
