// A server whose every byte a test decides: it accepts connections on 127.0.0.1 and hands each to a
// script that runs on a thread of its own.
#ifndef LULL_TESTS_WORKER_RAW_SERVER_H_
#define LULL_TESTS_WORKER_RAW_SERVER_H_

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"

namespace lull {

// A self-signed certificate that is its own authority.
struct TestCertificate {
  std::string certificate_pem;
  std::string key_pem;
};
// `names` as in a subjectAltName extension: "IP:127.0.0.1".
TestCertificate MakeTestCertificate(const std::string& names);

class RawServer;

// One accepted connection, used by its script's thread alone.
class RawConnection {
 public:
  RawConnection(RawServer& server, int socket, SSL_CTX* tls);
  ~RawConnection();

  // What the handshake of TLS agreed on.
  bool speaks_http2() const;
  // The next request, head and body (by its Content-Length), once it has arrived whole; it is then
  // among RawServer::requests(). nullopt when the client closed first.
  std::optional<std::string> ReadRequest();
  // The next bytes, exactly so many; nullopt when the client closed first.
  std::optional<std::string> ReadBytes(size_t count);
  void Send(absl::string_view bytes);
  // Returns when the client has closed, or the server ends.
  void WaitForClose();
  // An orderly end of what is sent. What the client still sends can be read; a connection that is
  // closed with bytes unread is reset, and what was sent before may be lost.
  void EndSending();
  // Sends a reset instead of an orderly end.
  void Reset();

 private:
  bool ReadMore();

  RawServer& server_;
  int socket_;
  SSL* tls_ = nullptr;
  std::string unread_;
};

class RawServer {
 public:
  using Script = std::function<void(RawConnection& connection)>;

  explicit RawServer(Script script) : RawServer(std::move(script), nullptr) {}
  // `http2`: the handshake of TLS agrees on HTTP/2 if the client offers it; its frames are the
  // script's.
  RawServer(Script script, const TestCertificate* certificate, bool http2 = false);
  // Breaks every connection and waits for the scripts.
  ~RawServer();

  int port() const { return port_; }
  std::string Url(absl::string_view path = "/chat/completions") const;
  // Every request that has arrived whole.
  std::vector<std::string> requests() const;
  // How many have been accepted.
  int connections() const;
  void WaitForRequests(size_t count) const;
  // Returns when that many connections have been closed on this side.
  void WaitForClosed(int count) const;

 private:
  friend class RawConnection;
  void Accept();

  const Script script_;
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> scripts_;  // the acceptor's until it has ended

  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  int accepted_ ABSL_GUARDED_BY(mutex_) = 0;
  int closed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

// An answer with status and body, framed by Content-Length.
std::string RawAnswer(int status, absl::string_view body, absl::string_view extra_headers = "");

}  // namespace lull

#endif  // LULL_TESTS_WORKER_RAW_SERVER_H_
