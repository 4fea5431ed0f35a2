// The unsent bytes of one connection, in order. Internal to base/http; loop thread only, except
// buffered().
#ifndef LULL_BASE_HTTP_HTTP_OUTPUT_H_
#define LULL_BASE_HTTP_HTTP_OUTPUT_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <string>

#include "boost/asio/ip/tcp.hpp"

namespace lull {

class HttpOutput {
 public:
  enum class Sent { kAll, kBlocked, kBroken };

  void Add(std::string bytes);
  // Gives the socket, which must be non-blocking, as much as it takes.
  Sent SendTo(boost::asio::ip::tcp::socket& socket);

  bool empty() const { return pieces_.empty(); }
  // Bytes that sockets took since the last call.
  size_t TakeProgress();

  // Bytes added and not yet sent; writers on other threads reserve room here before they add.
  std::atomic<size_t>& buffered() { return buffered_; }

 private:
  void Drop(size_t sent);

  std::deque<std::string> pieces_;
  size_t offset_ = 0;  // sent bytes of pieces_.front()
  size_t progress_ = 0;
  std::atomic<size_t> buffered_{0};
};

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_OUTPUT_H_
