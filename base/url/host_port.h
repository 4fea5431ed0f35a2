// Addresses to listen on or connect to. Pure.
#ifndef LULL_BASE_URL_HOST_PORT_H_
#define LULL_BASE_URL_HOST_PORT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

struct HostPort {
  // In lower case; an IPv6 address with its brackets. Empty for a Unix socket.
  std::string host;
  // 0 asks the system for a free one.
  uint16_t port = 0;
  // Of a Unix socket; absolute. Empty otherwise.
  std::string unix_path;
  // Only this machine reaches it: a loopback host or a Unix socket.
  bool local = false;
};

// "HOST:PORT" or "unix:/PATH". INVALID_ARGUMENT, with the value and what is allowed, for all else.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view address);

// Digits only, at most 65535.
bool ParsePort(absl::string_view digits, uint16_t* port);

}  // namespace lull

#endif  // LULL_BASE_URL_HOST_PORT_H_
