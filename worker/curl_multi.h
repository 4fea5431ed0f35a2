// Many transfers of libcurl on one thread. Which sockets they wait for is kept in an epoll, so that
// a turn costs as much as happened, and not as much as is open.
#ifndef LULL_WORKER_CURL_MULTI_H_
#define LULL_WORKER_CURL_MULTI_H_

#include <curl/curl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace lull {

// All of it on one thread, but for Wake.
class CurlMulti {
 public:
  struct Limits {
    long connections_max;  // kept open for later transfers
    long streams_max;      // on one HTTP/2 connection
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
  // CLOSESOCKET are set here.
  CURLMcode Add(CURL* easy);
  void Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

  // Lets libcurl go on with what can go on. If nothing can, waits for it, for Wake or for `wait`.
  void Turn(absl::Duration wait);
  // A transfer that is over; each once.
  std::optional<Finished> TakeFinished();

  // Ends the wait of this turn, or of the next. From any thread.
  void Wake();

 private:
  CurlMulti(int epoll, int wake, const Limits& limits, const Clock& clock);

  // What a socket is registered for in the epoll, and what libcurl wants to know of it.
  struct Interest {
    uint32_t registered = 0;
    uint32_t wanted = 0;
    bool own = false;  // a connection, whose end is seen
  };

  void OnSocket(curl_socket_t socket, int what);
  void Register(curl_socket_t socket, Interest& interest, uint32_t events);
  void OnTimer(long milliseconds);
  int WaitMilliseconds(absl::Duration wait) const;

  static int Socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int Opened(void* self, curl_socket_t socket, curlsocktype purpose);
  static int Close(void* self, curl_socket_t socket);
  static int Timer(CURLM*, long milliseconds, void* self);

  const int epoll_;
  const int wake_;  // an eventfd
  const Clock& clock_;
  CURLM* const multi_;
  absl::flat_hash_map<curl_socket_t, Interest> interests_;  // bounded by the sockets of libcurl
  absl::Duration timer_ = absl::InfiniteDuration();         // steady; when libcurl wants a turn
  std::array<epoll_event, 256> events_;
};

}  // namespace lull

#endif  // LULL_WORKER_CURL_MULTI_H_
