#include "worker/curl_multi.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "absl/status/status.h"

namespace lull {
namespace {

// An origin that has transfers and is silent for so long is given other connections for those that
// begin. Many answers take longer than that; then it is a handshake that was not needed.
constexpr absl::Duration kSilenceMax = absl::Seconds(30);
// A peer that acknowledges nothing for so long, not even that it has no room, is gone. Without this
// the system keeps trying for a quarter of an hour.
constexpr absl::Duration kUnacknowledgedMax = absl::Minutes(1);

long LocalPort(curl_socket_t socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(socket, any, &size) != 0) return 0;
  switch (address.ss_family) {
    case AF_INET:
      return ntohs(reinterpret_cast<const sockaddr_in*>(any)->sin_port);
    case AF_INET6:
      return ntohs(reinterpret_cast<const sockaddr_in6*>(any)->sin6_port);
    default:
      return 0;
  }
}

}  // namespace

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
    : epoll_(epoll), wake_(wake), limits_(limits), clock_(clock) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
}

CurlMulti::~CurlMulti() {
  for (const std::unique_ptr<Pool>& pool : pools_) curl_multi_cleanup(pool->multi);
  close(wake_);
  close(epoll_);
}

CURLMcode CurlMulti::Add(CURL* easy, absl::string_view origin) {
  Pool& pool = PoolOf(origin, clock_.Now().steady);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &CurlMulti::Opened);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::Close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  const CURLMcode code = curl_multi_add_handle(pool.multi, easy);
  if (code != CURLM_OK) return code;
  ++pool.transfers;
  pool_of_transfer_[easy] = &pool;
  return CURLM_OK;
}

void CurlMulti::Remove(CURL* easy) {
  const auto found = pool_of_transfer_.find(easy);
  Pool& pool = *found->second;
  pool_of_transfer_.erase(found);
  curl_multi_remove_handle(pool.multi, easy);
  if (--pool.transfers > 0) return;
  pool.unused_since = clock_.Now().steady;
  if (pool.retired) Drop(pool);
}

void CurlMulti::RemoveUnanswered(CURL* easy, absl::Duration since) {
  Pool& pool = *pool_of_transfer_.at(easy);
  const curl_socket_t socket = SocketOf(easy, pool);
  const auto found = interests_.find(socket);
  const bool silent = found != interests_.end() && found->second.heard < since;
  const bool retired = pool.retired;
  Remove(easy);
  // Of HTTP/1.1 it is closed by now.
  if (silent && !retired && interests_.contains(socket)) Retire(pool);
}

// libcurl tells the socket (CURLINFO_ACTIVESOCKET) only of transfers that are over.
curl_socket_t CurlMulti::SocketOf(CURL* easy, const Pool& pool) const {
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
  for (const auto& [socket, interest] : interests_) {
    if (interest.pool == &pool && interest.port != 0 && interest.port == port) return socket;
  }
  return CURL_SOCKET_BAD;
}

CurlMulti::Pool& CurlMulti::PoolOf(absl::string_view origin, absl::Duration now) {
  if (const auto found = pool_of_origin_.find(origin); found != pool_of_origin_.end()) {
    Pool& pool = *found->second;
    if (pool.transfers == 0) pool.heard = now;
    if (now - pool.heard < kSilenceMax) return pool;
    Retire(pool);
  }
  Pool& pool = *pools_.emplace_back(std::make_unique<Pool>());
  pool.owner = this;
  pool.origin = std::string(origin);
  pool.heard = now;
  pool.unused_since = now;
  pool.multi = curl_multi_init();
  curl_multi_setopt(pool.multi, CURLMOPT_MAXCONNECTS, limits_.connections_max);
  curl_multi_setopt(pool.multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(pool.multi, CURLMOPT_MAX_CONCURRENT_STREAMS, limits_.streams_max);
  curl_multi_setopt(pool.multi, CURLMOPT_SOCKETFUNCTION, &CurlMulti::Socket);
  curl_multi_setopt(pool.multi, CURLMOPT_SOCKETDATA, &pool);
  curl_multi_setopt(pool.multi, CURLMOPT_TIMERFUNCTION, &CurlMulti::Timer);
  curl_multi_setopt(pool.multi, CURLMOPT_TIMERDATA, &pool);
  pool_of_origin_[pool.origin] = &pool;
  return pool;
}

void CurlMulti::Retire(Pool& pool) {
  pool.retired = true;
  pool_of_origin_.erase(pool.origin);
  if (pool.transfers == 0) Drop(pool);
}

void CurlMulti::Drop(Pool& pool) {
  curl_multi_cleanup(pool.multi);
  std::erase_if(pools_, [&](const std::unique_ptr<Pool>& other) { return other.get() == &pool; });
}

void CurlMulti::DropUnused(absl::Duration now) {
  next_drop_ = now + limits_.idle_max;
  std::vector<Pool*> unused;
  for (const std::unique_ptr<Pool>& pool : pools_) {
    if (pool->transfers == 0 && now - pool->unused_since >= limits_.idle_max) {
      unused.push_back(pool.get());
    }
  }
  for (Pool* pool : unused) Retire(*pool);
}

void CurlMulti::Turn(absl::Duration wait) {
  const int count =
      epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), WaitMilliseconds(wait));
  const absl::Duration now = clock_.Now().steady;
  for (int i = 0; i < count; ++i) OnEvent(events_.at(static_cast<size_t>(i)), now);
  for (const std::unique_ptr<Pool>& pool : pools_) {
    // Its timers go by the system's clock, so they get a turn also when an injected clock stands.
    if (count > 0 && now < pool->timer) continue;
    pool->timer = absl::InfiniteDuration();
    int running = 0;
    curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  if (now >= next_drop_) DropUnused(now);
}

void CurlMulti::OnEvent(const epoll_event& event, absl::Duration now) {
  if (event.data.fd == wake_) {
    uint64_t wakes;
    (void)!read(wake_, &wakes, sizeof(wakes));
    return;
  }
  const auto found = interests_.find(event.data.fd);
  if (found == interests_.end()) return;  // closed in this turn
  Interest& interest = found->second;
  const bool came = (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
  if (came) {
    interest.heard = now;
    if (interest.own && interest.port == 0) interest.port = LocalPort(event.data.fd);
    if (interest.pool != nullptr) interest.pool->heard = now;
  }
  if (interest.wanted == 0) {
    // Something came on a connection that no call uses. libcurl finds it before its next one.
    return Register(event.data.fd, interest, 0);
  }
  // An error is read from the socket, which says more than that there is one.
  const int happened =
      (came ? CURL_CSELECT_IN : 0) | ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
  int running = 0;
  curl_multi_socket_action(interest.pool->multi, event.data.fd, happened, &running);
}

std::optional<CurlMulti::Finished> CurlMulti::TakeFinished() {
  for (const std::unique_ptr<Pool>& pool : pools_) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(pool->multi, &left)) {
      // The message is gone once the handle is removed.
      if (message->msg == CURLMSG_DONE) return Finished{message->easy_handle, message->data.result};
    }
  }
  return std::nullopt;
}

void CurlMulti::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_, &one, sizeof(one));
}

int CurlMulti::WaitMilliseconds(absl::Duration wait) const {
  absl::Duration timer = absl::InfiniteDuration();
  for (const std::unique_ptr<Pool>& pool : pools_) timer = std::min(timer, pool->timer);
  wait = std::min(wait, timer - clock_.Now().steady);
  if (wait <= absl::ZeroDuration()) return 0;
  // Rounded up, so that what is waited for is due when the wait is over.
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(wait) + 1, 3'600'000));
}

// A call on a kept-alive connection waits for its socket and then does not: a connection stays
// registered in between, which saves two system calls a call. Only for sockets whose end is seen
// here, since another socket with the same number would be taken for registered.
void CurlMulti::OnSocket(Pool& pool, curl_socket_t socket, int what) {
  Interest& interest = interests_[socket];
  interest.pool = &pool;
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

int CurlMulti::Socket(CURL*, curl_socket_t socket, int what, void* pool, void*) {
  Pool& of = *static_cast<Pool*>(pool);
  of.owner->OnSocket(of, socket, what);
  return 0;
}

int CurlMulti::Opened(void* self, curl_socket_t socket, curlsocktype) {
  Interest& interest = static_cast<CurlMulti*>(self)->interests_[socket];
  interest = Interest();
  interest.own = true;
  const unsigned int timeout = absl::ToInt64Milliseconds(kUnacknowledgedMax);
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
  return CURL_SOCKOPT_OK;
}

int CurlMulti::Close(void* self, curl_socket_t socket) {
  static_cast<CurlMulti*>(self)->interests_.erase(socket);
  return close(socket);
}

int CurlMulti::Timer(CURLM*, long milliseconds, void* pool) {
  Pool& of = *static_cast<Pool*>(pool);
  of.timer = milliseconds < 0 ? absl::InfiniteDuration()
                              : of.owner->clock_.Now().steady + absl::Milliseconds(milliseconds);
  return 0;
}

}  // namespace lull
