// Many transfers of libcurl on one thread. Which sockets they wait for is kept in an epoll, so that
// a turn costs as much as happened, and not as much as is open.
//
// Each origin has a multi handle of its own, and with it connections: libcurl lets calls wait for a
// connection that is being made in one queue per multi handle, in which those of an origin that
// does not answer would hold up all others (libcurl 7.88). An origin from whose connections nothing
// comes any more gets another one, since libcurl goes on giving calls to a silent HTTP/2 connection
// for as long as one is open on it; what runs on the old one ends there.
#ifndef LULL_WORKER_CURL_MULTI_H_
#define LULL_WORKER_CURL_MULTI_H_

#include <curl/curl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace lull {

// All of it on one thread, but for Wake.
class CurlMulti {
 public:
  struct Limits {
    long connections_max;     // of an origin, kept open for later transfers
    long streams_max;         // on one HTTP/2 connection
    absl::Duration idle_max;  // after which the connections of an unused origin are closed
  };
  struct Finished {
    CURL* easy;
    CURLcode code;
  };

  // RESOURCE_EXHAUSTED when the system has no file descriptor left. `clock` outlives this.
  static absl::StatusOr<std::unique_ptr<CurlMulti>> New(const Limits& limits, const Clock& clock);
  // Every transfer has been removed by then.
  ~CurlMulti();

  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // `easy` is the caller's and has to be removed before it goes. Its options for SOCKOPT and
  // CLOSESOCKET are set here. `origin`: scheme, host and port of its URL.
  CURLMcode Add(CURL* easy, absl::string_view origin);
  // Closes the connection (in HTTP/2 the stream) unless the transfer is complete.
  void Remove(CURL* easy);
  // Removes a transfer that was given up, and with it the connection if nothing has come on that
  // since `since`, a steady time: other transfers are not begun on it.
  void RemoveUnanswered(CURL* easy, absl::Duration since);

  // Lets libcurl go on with what can go on. If nothing can, waits for it, for Wake or for `wait`.
  void Turn(absl::Duration wait);
  // A transfer that is over; each once.
  std::optional<Finished> TakeFinished();

  // Ends the wait of this turn, or of the next. From any thread.
  void Wake();

 private:
  CurlMulti(int epoll, int wake, const Limits& limits, const Clock& clock);

  // The connections of an origin and the transfers on them. Times are steady.
  struct Pool {
    CurlMulti* owner;
    std::string origin;
    CURLM* multi;
    int64_t transfers = 0;
    bool retired = false;                              // goes with its last transfer
    absl::Duration timer = absl::InfiniteDuration();   // when libcurl wants a turn
    absl::Duration heard = -absl::InfiniteDuration();  // something came, or it began to be used
    absl::Duration unused_since = absl::ZeroDuration();
  };
  // What a socket is registered for in the epoll, and what libcurl wants to know of it.
  struct Interest {
    uint32_t registered = 0;
    uint32_t wanted = 0;
    bool own = false;  // a connection, whose end is seen
    long port = 0;     // of a connection from which something came, on this side
    Pool* pool = nullptr;
    absl::Duration heard = -absl::InfiniteDuration();  // something came
  };

  Pool& PoolOf(absl::string_view origin, absl::Duration now);
  curl_socket_t SocketOf(CURL* easy, const Pool& pool) const;
  void Retire(Pool& pool);
  void Drop(Pool& pool);
  void DropUnused(absl::Duration now);
  void OnEvent(const epoll_event& event, absl::Duration now);
  void OnSocket(Pool& pool, curl_socket_t socket, int what);
  void Register(curl_socket_t socket, Interest& interest, uint32_t events);
  int WaitMilliseconds(absl::Duration wait) const;

  static int Socket(CURL*, curl_socket_t socket, int what, void* pool, void*);
  static int Opened(void* self, curl_socket_t socket, curlsocktype purpose);
  static int Close(void* self, curl_socket_t socket);
  static int Timer(CURLM*, long milliseconds, void* pool);

  const int epoll_;
  const int wake_;  // an eventfd
  const Limits limits_;
  const Clock& clock_;
  // Bounded by the transfers and by the origins that were used within `idle_max`.
  std::vector<std::unique_ptr<Pool>> pools_;
  absl::flat_hash_map<std::string, Pool*> pool_of_origin_;  // those that are not retired
  absl::flat_hash_map<CURL*, Pool*> pool_of_transfer_;
  absl::flat_hash_map<curl_socket_t, Interest> interests_;  // bounded by the sockets of libcurl
  absl::Duration next_drop_ = absl::ZeroDuration();
  std::array<epoll_event, 256> events_;
};

}  // namespace lull

#endif  // LULL_WORKER_CURL_MULTI_H_
