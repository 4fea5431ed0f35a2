#include "base/url/upstream_url.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/url/host.h"
#include "base/url/host_port.h"

namespace lull {
namespace {

constexpr std::size_t kMaxPathBytes = 256;
constexpr std::size_t kMaxUrlBytes = 2048;

bool HasOnly(absl::string_view text, absl::string_view marks) {
  return std::all_of(text.begin(), text.end(), [marks](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(marks, c);
  });
}

absl::Status WrongUrl(absl::string_view url, absl::string_view why) {
  // People paste keys into URLs as user or query: neither is repeated.
  const bool may_hold_key = url.find_first_of("@?") != absl::string_view::npos;
  return absl::InvalidArgumentError(absl::StrCat(
      may_hold_key ? "this is not"
                   : absl::StrCat("\"", absl::Utf8SafeCEscape(url.substr(0, 200)), "\" is not"),
      " a usable upstream URL: ", why, "; allowed is http(s)://HOST[:PORT][/PATH]"));
}

}  // namespace

absl::StatusOr<UpstreamUrl> ParseUpstreamUrl(absl::string_view url) {
  if (url.size() > kMaxUrlBytes) return WrongUrl(url, "it is longer than 2048 bytes");
  UpstreamUrl parsed;
  absl::string_view rest = url;
  if (absl::StartsWithIgnoreCase(rest, "https://")) {
    parsed.tls = true;
    rest.remove_prefix(8);
  } else if (absl::StartsWithIgnoreCase(rest, "http://")) {
    rest.remove_prefix(7);
  } else {
    return WrongUrl(url, "it does not begin with https:// or http://");
  }
  const absl::string_view authority = rest.substr(0, rest.find('/'));
  const absl::string_view path = rest.substr(authority.size());
  if (absl::StrContains(authority, '@')) return WrongUrl(url, "it holds a user name");

  // The colon after the last bracket begins the port.
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == absl::string_view::npos ? 0 : bracket);
  const std::string host = absl::AsciiStrToLower(authority.substr(0, colon));
  if (!IsHost(host)) return WrongUrl(url, "the host is not usable");
  const uint16_t own_port = parsed.tls ? 443 : 80;
  uint16_t port = own_port;
  if (colon != absl::string_view::npos &&
      (!ParsePort(authority.substr(colon + 1), &port) || port == 0)) {
    return WrongUrl(url, "the port is not between 1 and 65535");
  }
  if (!HasOnly(path, "-._~/%:+,=@") || absl::StrContains(path, "..")) {
    return WrongUrl(url, "the path holds a character that is not allowed, or \"..\"");
  }
  parsed.path = std::string(absl::StripSuffix(path, "/"));
  parsed.origin = absl::StrCat(parsed.tls ? "https://" : "http://", host);
  if (port != own_port) absl::StrAppend(&parsed.origin, ":", port);
  parsed.loopback = IsLoopbackHost(host);
  return parsed;
}

absl::StatusOr<std::string> JoinUpstreamUrl(const UpstreamUrl& base, absl::string_view path) {
  if (path.size() > kMaxPathBytes || !absl::StartsWith(path, "/") || !HasOnly(path, "-._/") ||
      absl::StrContains(path, "//") || absl::StrContains(path, "..")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::Utf8SafeCEscape(path.substr(0, kMaxPathBytes)),
        "\" is no usable API path: it must begin with \"/\", be at most 256 characters out of "
        "letters, digits and \"-._/\", and hold no \"//\" and no \"..\""));
  }
  if (absl::StartsWith(path, "/v1/")) path.remove_prefix(3);
  return absl::StrCat(base.origin, base.path, path);
}

}  // namespace lull
