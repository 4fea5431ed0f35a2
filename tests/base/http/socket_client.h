// A blocking TCP client that speaks HTTP as literally as a test wants: raw bytes out, raw bytes or
// one parsed answer back. Reads give up after ten seconds, so a server that never answers fails the
// test and does not hang it.
#ifndef LULL_TESTS_BASE_HTTP_SOCKET_CLIENT_H_
#define LULL_TESTS_BASE_HTTP_SOCKET_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/http/http_message.h"

namespace lull {

class SocketClient {
 public:
  struct Answer {
    int status = 0;  // 0: no complete head came
    HttpHeaders headers;
    std::string body;
    bool complete = false;  // the body ended as its framing says
    std::string raw;        // every byte of the answer, as received
  };
  // How a connection ended.
  enum class End { kOpen, kClosed, kReset };

  explicit SocketClient(int port);
  ~SocketClient();
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  bool Send(absl::string_view bytes);
  // Sends "method target HTTP/1.1" with Host, the given header lines and Content-Length if there is
  // a body.
  bool SendRequest(absl::string_view method, absl::string_view target, absl::string_view body = "",
                   const HttpHeaders& headers = {});
  // Reads one answer; HEAD answers need `head`.
  Answer ReadAnswer(bool head = false);
  // SendRequest and ReadAnswer.
  Answer Call(absl::string_view method, absl::string_view target, absl::string_view body = "",
              const HttpHeaders& headers = {});
  // Everything until the server closes; end() then says how.
  std::string ReadToEnd();
  // Reads until what was read contains `text`; false if the connection ends first.
  bool ReadUntil(absl::string_view text, std::string* read);

  void ShutdownSending();
  void Close();
  // Makes the client a slow reader.
  void SetReceiveBuffer(int bytes);
  End end() const { return end_; }

 private:
  bool ReadMore();
  void ReadChunks(size_t offset, Answer* answer);

  int fd_ = -1;
  std::string input_;
  End end_ = End::kOpen;
};

}  // namespace lull

#endif  // LULL_TESTS_BASE_HTTP_SOCKET_CLIENT_H_
