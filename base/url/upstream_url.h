// URLs of upstreams: taking a base URL apart, and joining it with a job's path. Pure.
//
// Stricter than the RFCs on purpose: whatever is accepted here means the same to every URL parser,
// so the origin that was checked is the origin that is called.
#ifndef LULL_BASE_URL_UPSTREAM_URL_H_
#define LULL_BASE_URL_UPSTREAM_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

struct UpstreamUrl {
  // "https://api.deepseek.com", "http://[::1]:8000": scheme and host in lower case, the port only
  // if it is not the scheme's own.
  std::string origin;
  // Everything after the origin, without a slash at the end; may be empty.
  std::string path;
  bool tls = false;
  // The host is "localhost", below it, in 127.0.0.0/8 or ::1.
  bool loopback = false;
};

// INVALID_ARGUMENT, saying why, unless `url` is http(s)://HOST[:PORT][/PATH] with a host name in
// ASCII, a dotted IPv4 or a bracketed IPv6 address, no user, no query and no fragment. What may be
// a key (a user, a query) is never in the message.
absl::StatusOr<UpstreamUrl> ParseUpstreamUrl(absl::string_view url);

// The URL of a call: the base URL without its last slash, then `path`, without "/v1" if it begins
// with "/v1/". INVALID_ARGUMENT if `path` does not begin with "/", holds "//", "..", or anything
// but letters, digits and "-._/", or is longer than 256 bytes.
absl::StatusOr<std::string> JoinUpstreamUrl(const UpstreamUrl& base, absl::string_view path);

}  // namespace lull

#endif  // LULL_BASE_URL_UPSTREAM_URL_H_
