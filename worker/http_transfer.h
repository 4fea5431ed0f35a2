// One call in libcurl's hands: its easy handle with every option set, what has arrived so far, and
// its deadlines. Lives on the HTTP client's thread.
#ifndef LULL_WORKER_HTTP_TRANSFER_H_
#define LULL_WORKER_HTTP_TRANSFER_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "worker/body_reader.h"
#include "worker/call_deadlines.h"
#include "worker/http_answer.h"
#include "worker/http_call.h"
#include "worker/http_client.h"

namespace lull {

struct CurlEasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyCleanup>;

struct CurlListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListCleanup>;

class HttpTransfer {
 public:
  // A handle for any number of transfers, one after the other.
  static CurlEasy NewEasy(const HttpClientOptions& options);

  // `easy` is from NewEasy or TakeEasy; the limits count from `start`, a steady time. `http11`: do
  // not offer HTTP/2. `options`, `clock` and `next_check` outlive the transfer; `*next_check` is
  // lowered whenever a deadline begins that lies before it.
  HttpTransfer(CurlEasy easy, HttpCall call, bool http11, absl::Duration start,
               const HttpClientOptions& options, const Clock& clock, absl::Duration* next_check);

  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* easy() const { return easy_.get(); }
  const std::string& url() const { return call_.url; }
  CallDeadlines::Deadline next_deadline() const { return deadlines_.Next(); }
  // Steady time.
  std::optional<absl::Duration> request_sent() const { return request_sent_; }

  // The end of the call, once: as libcurl saw it, or decided here (a deadline, an abort).
  HttpAnswer TakeAnswer(CURLcode code);
  HttpAnswer TakeAnswer(HttpEnd end);
  // After TakeAnswer and off every multi handle: the handle, for another transfer; null when
  // libcurl did not see the call through.
  CurlEasy TakeEasy();
  // After TakeAnswer: whether the upstream wants it over HTTP/1.1.
  bool wants_http11() const { return wants_http11_; }

 private:
  void SetOptions(bool http11);
  void SetHeaders();
  int OnConnected();
  curl_socket_t OnOpenSocket(const curl_sockaddr& address);
  void OnSentAgain();
  size_t OnHeaderLine(absl::string_view line);
  void OnHeadDone();
  size_t OnBody(absl::string_view bytes);
  void Watch();

  static int PreRequest(void* self, char*, char*, int, int);
  static curl_socket_t OpenSocket(void* self, curlsocktype, curl_sockaddr* address);
  static size_t Header(char* from, size_t size, size_t count, void* self);
  static size_t Write(char* from, size_t size, size_t count, void* self);

  CurlEasy easy_;
  HttpCall call_;
  const HttpClientOptions& options_;
  const Clock& clock_;
  absl::Duration* const next_check_;
  const absl::Duration start_;
  CallDeadlines deadlines_;

  CurlList headers_;
  char error_[CURL_ERROR_SIZE] = {};
  std::optional<absl::Duration> request_sent_;
  size_t head_bytes_ = 0;
  bool head_done_ = false;
  BodyReader body_;
  std::optional<HttpEnd> refused_;  // why a callback ended the transfer
  bool wants_http11_ = false;
  bool reusable_ = false;
  HttpAnswer answer_;
};

}  // namespace lull

#endif  // LULL_WORKER_HTTP_TRANSFER_H_
