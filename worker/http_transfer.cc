#include "worker/http_transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

// libcurl's own connect limit (300 s unless set) must never come before ours.
constexpr absl::Duration kConnectSlack = absl::Minutes(1);
constexpr absl::Duration kConnectMax = absl::Hours(24);

// Of an HTTP/2 connection one transfer reads for all of them. What comes for another goes into that
// one's buffer, and when this is full libcurl 7.88 takes the reset of any stream for a clean end.
// So over TLS it has room for what a burst brings; memory that is not written costs nothing.
constexpr long kTlsBufferBytes = 1L << 20;

bool IsClientsOwn(absl::string_view name) {
  for (const absl::string_view own :
       {"authorization", "host", "content-length", "transfer-encoding", "connection", "expect"}) {
    if (absl::EqualsIgnoreCase(name, own)) return true;
  }
  return false;
}

std::string OneLine(absl::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return line;
}

// "HTTP/1.1 200 OK" → 200; 0 when there is no number.
int StatusOf(absl::string_view line) {
  const size_t space = line.find(' ');
  int status;
  if (space == absl::string_view::npos || !absl::SimpleAtoi(line.substr(space + 1, 3), &status)) {
    return 0;
  }
  return status;
}

}  // namespace

HttpTransfer::HttpTransfer(CurlEasy easy, HttpCall call, bool http11, absl::Duration start,
                           const HttpClientOptions& options, const Clock& clock,
                           absl::Duration* next_check)
    : easy_(std::move(easy)),
      call_(std::move(call)),
      options_(options),
      clock_(clock),
      next_check_(next_check),
      start_(start),
      deadlines_(call_.time_limits, start_),
      body_(call_.response_bytes_max) {
  SetOptions(http11);
  SetHeaders();
  Watch();
}

CurlEasy HttpTransfer::NewEasy(const HttpClientOptions& options) {
  CurlEasy handle(curl_easy_init());
  CURL* const easy = handle.get();
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());

  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  }
  // With a folder of authorities libcurl reads all of them again for every connection; without one
  // it keeps the file's.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);

  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  // What libcurl sends again by itself. A request that found a kept-alive connection dead: not so
  // with this option, which is about RTSP but asked whatever the protocol is (7.88 to 8.11 at
  // least). An HTTP/2 stream that the upstream refused: OnSentAgain hears of that.
  curl_easy_setopt(easy, CURLOPT_RTSP_REQUEST, static_cast<long>(CURL_RTSPREQ_RECEIVE));
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::OpenSocket);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &HttpTransfer::PreRequest);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::Header);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::Write);

  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Giving up a call must not wait for a name server that does not answer.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  // A path that is gone is noticed also while an answer is waited for.
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 20L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN,
                   std::max<long>(1, absl::ToInt64Seconds(options.idle_connection_max)));
  return handle;
}

void HttpTransfer::SetOptions(bool http11) {
  CURL* const easy = easy_.get();
  const bool tls = absl::StartsWith(call_.url, "https:");
  // HTTP/2 where the handshake of TLS agrees on it, never without TLS.
  const long version = http11 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
  curl_easy_setopt(easy, CURLOPT_URL, call_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, call_.plain_http_allowed ? "http,https" : "https");
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, tls ? kTlsBufferBytes : CURL_MAX_WRITE_SIZE);
  // A call rather shares a connection that is being made than opens one more.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, call_.direct ? "" : nullptr);
  // From memory, so that libcurl sends it together with the head.
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call_.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  const absl::Duration connect = std::min(call_.time_limits.connect, kConnectMax) + kConnectSlack;
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(connect)));
}

void HttpTransfer::SetHeaders() {
  const auto add = [this](const std::string& line) {
    curl_slist* const head = curl_slist_append(headers_.get(), line.c_str());
    if (head == nullptr) return;
    (void)headers_.release();
    headers_.reset(head);
  };
  for (const auto& [name, value] : call_.headers.fields()) {
    if (IsClientsOwn(name)) continue;
    // libcurl takes "name;" for a header without a value, and drops "name:".
    add(OneLine(value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value)));
  }
  if (!call_.bearer.empty()) {
    add(OneLine(absl::StrCat("Authorization: Bearer ", call_.bearer.Reveal())));
  }
  add("Expect:");  // do not wait for "100 Continue" before a large body
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

void HttpTransfer::Watch() { *next_check_ = std::min(*next_check_, deadlines_.Next().at); }

// libcurl calls this each time when it is about to send the request.
int HttpTransfer::OnConnected() {
  if (answer_.written) {
    OnSentAgain();
    return CURL_PREREQFUNC_ABORT;
  }
  answer_.written = true;
  const absl::Duration now = clock_.Now().steady;
  request_sent_ = now;
  deadlines_.RequestSent(now);
  Watch();
  return CURL_PREREQFUNC_OK;
}

// Also for a connection on which the request would be sent again.
curl_socket_t HttpTransfer::OnOpenSocket(const curl_sockaddr& address) {
  if (!answer_.written) {
    return socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  }
  OnSentAgain();
  return CURL_SOCKET_BAD;
}

// The upstream has reset the stream with REFUSED_STREAM or HTTP_1_1_REQUIRED, or has sent a GOAWAY
// whose last stream is below it: it has not begun with the request (RFC 9113, sections 6.8
// and 8.7).
void HttpTransfer::OnSentAgain() {
  refused_ = HttpEnd::kStreamRefused;
  // Of a refused stream libcurl writes no error.
  wants_http11_ = error_[0] != '\0';
}

size_t HttpTransfer::OnHeaderLine(absl::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > options_.head_bytes_max) {
    refused_ = HttpEnd::kHeadTooLarge;
    return 0;
  }
  const size_t taken = line.size();
  line = absl::StripAsciiWhitespace(line);
  if (absl::StartsWith(line, "HTTP/") && !head_done_) {
    // Of several heads ("100 Continue", "103 Early Hints") the last one is the answer's.
    answer_.status = StatusOf(line);
    answer_.headers = HttpHeaders();
    answer_.began = answer_.status >= 200;
    return taken;
  }
  if (line.empty()) {
    if (answer_.began && !head_done_) OnHeadDone();
    return taken;
  }
  const size_t colon = line.find(':');
  // Fields after the body (trailers) are not the answer's.
  if (head_done_ || colon == absl::string_view::npos) return taken;
  answer_.headers.Add(absl::StripAsciiWhitespace(line.substr(0, colon)),
                      absl::StripAsciiWhitespace(line.substr(colon + 1)));
  return taken;
}

void HttpTransfer::OnHeadDone() {
  head_done_ = true;
  const std::string* const type = answer_.headers.Find("content-type");
  answer_.streamed = answer_.status < 300 && type != nullptr &&
                     absl::StartsWithIgnoreCase(*type, "text/event-stream");
  if (answer_.streamed) body_.BeginStream(std::move(call_.on_event));
}

size_t HttpTransfer::OnBody(absl::string_view bytes) {
  const BodyReader::Step step = body_.Feed(bytes);
  if (step.content) {
    const absl::Duration now = clock_.Now().steady;
    if (!answer_.time_to_first_content && request_sent_) {
      answer_.time_to_first_content = now - *request_sent_;
    }
    if (body_.stream_done()) {
      deadlines_.StreamDone(now);
    } else {
      deadlines_.Content(now);
    }
    Watch();
  }
  if (!step.end.has_value()) return bytes.size();
  refused_ = step.end;
  return 0;
}

HttpAnswer HttpTransfer::TakeAnswer(CURLcode code) {
  if (code != CURLE_OK) {
    answer_.detail = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  }
  if (code == CURLE_HTTP2 && error_[0] == '\0') {
    // Of this one libcurl 7.88 says no more: not whether the upstream has left it out or failed.
    answer_.detail = "it ended the HTTP/2 connection with GOAWAY";
  }
  reusable_ = code == CURLE_OK;
  // How libcurl 7.88 reports a line of the head beyond a bound of its own (100 KiB).
  if (code == CURLE_OUT_OF_MEMORY && request_sent_ && !head_done_) {
    return TakeAnswer(HttpEnd::kHeadTooLarge);
  }
  if (refused_) return TakeAnswer(*refused_);
  if (code == CURLE_OK && answer_.began) return TakeAnswer(HttpEnd::kAnswered);
  // libcurl 7.88 drops a head, and what came of the body, that it reads together with the reset.
  if (code == CURLE_HTTP2_STREAM && request_sent_) return TakeAnswer(HttpEnd::kStreamReset);
  return TakeAnswer(request_sent_ ? HttpEnd::kBroke : HttpEnd::kNotConnected);
}

HttpAnswer HttpTransfer::TakeAnswer(HttpEnd end) {
  // Some upstreams leave the connection open after the last event, or break it.
  answer_.end = body_.stream_done() && end != HttpEnd::kAborted ? HttpEnd::kAnswered : end;
  answer_.body = body_.Take(answer_.end == HttpEnd::kAnswered);
  if (end == HttpEnd::kStreamRefused) {
    answer_.detail = wants_http11_ ? "it takes this only over HTTP/1.1" : "";
  } else if (end == HttpEnd::kHeadTooLarge) {
    answer_.detail = absl::StrCat("more than ", options_.head_bytes_max, " bytes");
  } else if (end == HttpEnd::kBodyTooLarge) {
    answer_.detail = absl::StrCat("more than ", call_.response_bytes_max, " bytes");
  }
  const std::string* const encoding = answer_.headers.Find("transfer-encoding");
  answer_.framed = answer_.headers.Find("content-length") != nullptr ||
                   (encoding != nullptr && absl::EndsWithIgnoreCase(*encoding, "chunked"));
  if (request_sent_) answer_.start_delay = *request_sent_ - start_;
  return std::move(answer_);
}

CurlEasy HttpTransfer::TakeEasy() {
  // A handle in which libcurl was about to send its request again would fail the next call too
  // (libcurl 7.88).
  if (!reusable_) return nullptr;
  // What it points to goes with this transfer; the next one's constructor sets the rest of it.
  curl_easy_setopt(easy_.get(), CURLOPT_ERRORBUFFER, nullptr);
  return std::move(easy_);
}

int HttpTransfer::PreRequest(void* self, char*, char*, int, int) {
  return static_cast<HttpTransfer*>(self)->OnConnected();
}

curl_socket_t HttpTransfer::OpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  return static_cast<HttpTransfer*>(self)->OnOpenSocket(*address);
}

size_t HttpTransfer::Header(char* from, size_t size, size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->OnHeaderLine({from, size * count});
}

size_t HttpTransfer::Write(char* from, size_t size, size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->OnBody({from, size * count});
}

}  // namespace lull
