#include "worker/curl_multi.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "absl/status/status.h"

namespace lull {

absl::StatusOr<std::unique_ptr<CurlMulti>> CurlMulti::New(const Limits& limits,
                                                          const Clock& clock) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return absl::ErrnoToStatus(errno, "cannot make an epoll for HTTP calls");
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    const absl::Status status = absl::ErrnoToStatus(errno, "cannot make an eventfd for HTTP calls");
    close(epoll);
    return status;
  }
  return std::unique_ptr<CurlMulti>(new CurlMulti(epoll, wake, limits, clock));
}

CurlMulti::CurlMulti(int epoll, int wake, const Limits& limits, const Clock& clock)
    : epoll_(epoll), wake_(wake), clock_(clock), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, limits.connections_max);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, limits.streams_max);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::Socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::Timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
  close(wake_);
  close(epoll_);
}

CURLMcode CurlMulti::Add(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &CurlMulti::Opened);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::Close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  return curl_multi_add_handle(multi_, easy);
}

void CurlMulti::Turn(absl::Duration wait) {
  const int count =
      epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), WaitMilliseconds(wait));
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_.at(static_cast<size_t>(i));
    if (event.data.fd == wake_) {
      uint64_t wakes;
      (void)!read(wake_, &wakes, sizeof(wakes));
      continue;
    }
    const auto found = interests_.find(event.data.fd);
    if (found == interests_.end()) continue;  // closed in this turn
    if (found->second.wanted == 0) {
      // Something came on a connection that no call uses. libcurl finds it before its next one.
      Register(event.data.fd, found->second, 0);
      continue;
    }
    // An error is read from the socket, which says more than that there is one.
    const int happened =
        ((event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
        ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(multi_, event.data.fd, happened, &running);
  }
  // Its timers go by the system's clock, so they get a turn also when an injected clock stands.
  if (count <= 0 || clock_.Now().steady >= timer_) {
    timer_ = absl::InfiniteDuration();
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

std::optional<CurlMulti::Finished> CurlMulti::TakeFinished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    // The message is gone once the handle is removed.
    if (message->msg == CURLMSG_DONE) return Finished{message->easy_handle, message->data.result};
  }
  return std::nullopt;
}

void CurlMulti::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_, &one, sizeof(one));
}

int CurlMulti::WaitMilliseconds(absl::Duration wait) const {
  wait = std::min(wait, timer_ - clock_.Now().steady);
  if (wait <= absl::ZeroDuration()) return 0;
  // Rounded up, so that what is waited for is due when the wait is over.
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(wait) + 1, 3'600'000));
}

// A call on a kept-alive connection waits for its socket and then does not: a connection stays
// registered in between, which saves two system calls a call. Only for sockets whose end is seen
// here, since another socket with the same number would be taken for registered.
void CurlMulti::OnSocket(curl_socket_t socket, int what) {
  Interest& interest = interests_[socket];
  if (what == CURL_POLL_REMOVE) {
    interest.wanted = 0;
    if (interest.own) return;
    Register(socket, interest, 0);
    interests_.erase(socket);
    return;
  }
  interest.wanted =
      ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  Register(socket, interest, interest.wanted);
}

void CurlMulti::Register(curl_socket_t socket, Interest& interest, uint32_t events) {
  if (interest.registered == events) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  const int operation = events == 0                ? EPOLL_CTL_DEL
                        : interest.registered == 0 ? EPOLL_CTL_ADD
                                                   : EPOLL_CTL_MOD;
  epoll_ctl(epoll_, operation, socket, &event);
  interest.registered = events;
}

void CurlMulti::OnTimer(long milliseconds) {
  timer_ = milliseconds < 0 ? absl::InfiniteDuration()
                            : clock_.Now().steady + absl::Milliseconds(milliseconds);
}

int CurlMulti::Socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->OnSocket(socket, what);
  return 0;
}

int CurlMulti::Opened(void* self, curl_socket_t socket, curlsocktype) {
  static_cast<CurlMulti*>(self)->interests_[socket] = {.registered = 0, .wanted = 0, .own = true};
  return CURL_SOCKOPT_OK;
}

int CurlMulti::Close(void* self, curl_socket_t socket) {
  static_cast<CurlMulti*>(self)->interests_.erase(socket);
  return close(socket);
}

int CurlMulti::Timer(CURLM*, long milliseconds, void* self) {
  static_cast<CurlMulti*>(self)->OnTimer(milliseconds);
  return 0;
}

}  // namespace lull
