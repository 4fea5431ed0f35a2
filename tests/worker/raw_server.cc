#include "tests/worker/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  perror(what);
  abort();
}

std::string Pem(const std::function<int(BIO*)>& write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  Require(write(bio) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

SSL_CTX* ServerContext(const TestCertificate& certificate) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  BIO* const certificate_bio = BIO_new_mem_buf(certificate.certificate_pem.data(), -1);
  X509* const x509 = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  BIO* const key_bio = BIO_new_mem_buf(certificate.key_pem.data(), -1);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  Require(SSL_CTX_use_certificate(context, x509) == 1, "certificate");
  Require(SSL_CTX_use_PrivateKey(context, key) == 1, "key");
  X509_free(x509);
  EVP_PKEY_free(key);
  BIO_free(certificate_bio);
  BIO_free(key_bio);
  return context;
}

int ChooseHttp2(SSL*, const unsigned char** chosen, unsigned char* length,
                const unsigned char* offered, unsigned int size, void*) {
  static constexpr unsigned char kWanted[] = {2,   'h', '2', 8,   'h', 't',
                                              't', 'p', '/', '1', '.', '1'};
  unsigned char* out = nullptr;
  if (SSL_select_next_proto(&out, length, kWanted, sizeof(kWanted), offered, size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = out;
  return SSL_TLSEXT_ERR_OK;
}

// The length of the request at the front of `bytes`, 0 if it is not whole yet.
size_t RequestLength(absl::string_view bytes) {
  const size_t head = bytes.find("\r\n\r\n");
  if (head == absl::string_view::npos) return 0;
  size_t body = 0;
  const size_t field = bytes.substr(0, head).find("Content-Length: ");
  if (field != absl::string_view::npos) {
    const absl::string_view digits = bytes.substr(field + 16);
    Require(absl::SimpleAtoi(digits.substr(0, digits.find('\r')), &body), "Content-Length");
  }
  const size_t length = head + 4 + body;
  return bytes.size() >= length ? length : 0;
}

}  // namespace

TestCertificate MakeTestCertificate(const std::string& names) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const x509 = X509_new();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key);
  X509_NAME* const name = X509_get_subject_name(x509);
  const auto* common = reinterpret_cast<const unsigned char*>("lull test");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  for (const auto& [nid, value] : {std::pair<int, std::string>{NID_basic_constraints, "CA:TRUE"},
                                   std::pair<int, std::string>{NID_subject_alt_name, names}}) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    Require(extension != nullptr, "extension");
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  Require(X509_sign(x509, key, EVP_sha256()) != 0, "sign");
  TestCertificate made;
  made.certificate_pem = Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); });
  made.key_pem = Pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(x509);
  EVP_PKEY_free(key);
  return made;
}

RawConnection::RawConnection(RawServer& server, int socket, SSL_CTX* tls)
    : server_(server), socket_(socket) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  SSL_set_fd(tls_, socket_);
  // A client that does not trust the certificate ends here; the script then reads no request.
  (void)SSL_accept(tls_);
}

RawConnection::~RawConnection() {
  if (tls_ != nullptr) {
    (void)SSL_shutdown(tls_);
    SSL_free(tls_);
  }
  MutexLock lock(server_.mutex_);
  std::erase(server_.sockets_, socket_);
  close(socket_);
  ++server_.closed_;
  server_.changed_.SignalAll();
}

bool RawConnection::speaks_http2() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  if (tls_ != nullptr) SSL_get0_alpn_selected(tls_, &name, &size);
  return size == 2;
}

bool RawConnection::ReadMore() {
  char buffer[16384];
  const auto got = tls_ != nullptr ? static_cast<ssize_t>(SSL_read(tls_, buffer, sizeof(buffer)))
                                   : recv(socket_, buffer, sizeof(buffer), 0);
  if (got <= 0) return false;
  unread_.append(buffer, static_cast<size_t>(got));
  return true;
}

std::optional<std::string> RawConnection::ReadRequest() {
  size_t length;
  while ((length = RequestLength(unread_)) == 0) {
    if (!ReadMore()) return std::nullopt;
  }
  std::string request = unread_.substr(0, length);
  unread_.erase(0, length);
  MutexLock lock(server_.mutex_);
  server_.requests_.push_back(request);
  server_.changed_.SignalAll();
  return request;
}

std::optional<std::string> RawConnection::ReadBytes(size_t count) {
  while (unread_.size() < count) {
    if (!ReadMore()) return std::nullopt;
  }
  std::string bytes = unread_.substr(0, count);
  unread_.erase(0, count);
  return bytes;
}

void RawConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ != nullptr
                          ? static_cast<ssize_t>(SSL_write(tls_, bytes.data(), bytes.size()))
                          : send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void RawConnection::WaitForClose() {
  while (ReadMore()) {
  }
}

void RawConnection::EndSending() {
  if (tls_ != nullptr) (void)SSL_shutdown(tls_);
  shutdown(socket_, SHUT_WR);
}

void RawConnection::Reset() {
  const linger reset = {1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

RawServer::RawServer(Script script, const TestCertificate* certificate, bool http2)
    : script_(std::move(script)) {
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (certificate != nullptr) tls_ = ServerContext(*certificate);
  if (http2) SSL_CTX_set_alpn_select_cb(tls_, &ChooseHttp2, nullptr);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  Require(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  Require(listen(listener_, 512) == 0, "listen");
  Require(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "name");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& script : scripts_) script.join();
  close(listener_);
  if (tls_ != nullptr) SSL_CTX_free(tls_);
}

void RawServer::Accept() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    {
      MutexLock lock(mutex_);
      if (ending_) {
        close(socket);
        return;
      }
      sockets_.push_back(socket);
      ++accepted_;
    }
    scripts_.emplace_back([this, socket] {
      RawConnection connection(*this, socket, tls_);
      script_(connection);
    });
  }
}

std::string RawServer::Url(absl::string_view path) const {
  return absl::StrCat(tls_ != nullptr ? "https" : "http", "://127.0.0.1:", port_, path);
}

std::vector<std::string> RawServer::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

int RawServer::connections() const {
  MutexLock lock(mutex_);
  return accepted_;
}

void RawServer::WaitForRequests(size_t count) const {
  MutexLock lock(mutex_);
  while (requests_.size() < count) changed_.Wait(mutex_);
}

void RawServer::WaitForClosed(int count) const {
  MutexLock lock(mutex_);
  while (closed_ < count) changed_.Wait(mutex_);
}

std::string RawAnswer(int status, absl::string_view body, absl::string_view extra_headers) {
  return absl::StrCat("HTTP/1.1 ", status, " Some Reason\r\nContent-Length: ", body.size(), "\r\n",
                      extra_headers, "\r\n", body);
}

}  // namespace lull
