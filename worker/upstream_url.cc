#include "worker/upstream_url.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "worker/redact.h"

namespace lull {
namespace {

constexpr size_t kPathBytesMax = 256;
constexpr size_t kUrlBytesMax = 2048;
constexpr size_t kHostBytesMax = 253;

bool AllOf(absl::string_view text, absl::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(extra, c);
  });
}

absl::Status BadUrl(absl::string_view url, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Redact(url, Secret(), 256), "\" is no usable upstream URL: ", why,
                   "; allowed is http(s)://HOST[:PORT][/PATH]"));
}

// A host of digits and dots must be four decimal numbers: other spellings of IPv4 addresses
// ("127.1", "0x7f.1") are read in different ways by different programs.
bool IsAmbiguousIpv4(absl::string_view host) {
  const absl::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  const bool numeric = !last.empty() && (absl::ascii_isdigit(static_cast<unsigned char>(last[0])));
  if (!numeric) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4) return true;
  return !std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
    int number;
    return !part.empty() && part.size() <= 3 && (part.size() == 1 || part[0] != '0') &&
           AllOf(part, "") && absl::SimpleAtoi(part, &number) && number <= 255;
  });
}

bool IsLoopback(absl::string_view host) {
  if (host == "localhost" || absl::EndsWith(host, ".localhost") || host == "[::1]") return true;
  return absl::StartsWith(host, "127.") && !IsAmbiguousIpv4(host) &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool IsHost(absl::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return false;
  if (host.front() == '[') {
    const absl::string_view inside = host.substr(1, host.size() - 2);
    return host.size() > 3 && host.back() == ']' &&
           std::all_of(inside.begin(), inside.end(), [](char c) {
             return absl::ascii_isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
           });
  }
  return AllOf(host, "-._") && host.front() != '.' && host.front() != '-' &&
         !absl::StrContains(host, "..") && !IsAmbiguousIpv4(host);
}

}  // namespace

absl::StatusOr<UpstreamUrl> ParseUpstreamUrl(absl::string_view url) {
  if (url.size() > kUrlBytesMax) return BadUrl(url, "it is longer than 2048 bytes");
  UpstreamUrl parsed;
  absl::string_view rest = url;
  const std::string lower = absl::AsciiStrToLower(url.substr(0, 8));
  if (absl::StartsWith(lower, "https://")) {
    parsed.tls = true;
    rest.remove_prefix(8);
  } else if (absl::StartsWith(lower, "http://")) {
    rest.remove_prefix(7);
  } else {
    return BadUrl(url, "it does not begin with https:// or http://");
  }
  const size_t authority_end = std::min(rest.find('/'), rest.size());
  const absl::string_view authority = rest.substr(0, authority_end);
  if (absl::StrContains(authority, '@')) return BadUrl(url, "it holds a user name");

  // The colon after the last bracket begins the port.
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.find(':', bracket == absl::string_view::npos ? 0 : bracket);
  const std::string host = absl::AsciiStrToLower(authority.substr(0, colon));
  if (!IsHost(host)) return BadUrl(url, "the host is not usable");
  const int own_port = parsed.tls ? 443 : 80;
  int port = own_port;
  if (colon != absl::string_view::npos) {
    const absl::string_view digits = authority.substr(colon + 1);
    if (digits.empty() || digits.size() > 5 || !AllOf(digits, "") ||
        !absl::SimpleAtoi(digits, &port) || port < 1 || port > 65535) {
      return BadUrl(url, "the port is not between 1 and 65535");
    }
  }

  const absl::string_view path = rest.substr(authority_end);
  if (!AllOf(path, "-._~/%:+,=@") || absl::StrContains(path, "..")) {
    return BadUrl(url, "the path holds a character that is not allowed, or \"..\"");
  }
  parsed.path = std::string(absl::StripSuffix(path, "/"));
  parsed.origin = absl::StrCat(parsed.tls ? "https://" : "http://", host);
  if (port != own_port) absl::StrAppend(&parsed.origin, ":", port);
  parsed.loopback = IsLoopback(host);
  return parsed;
}

absl::StatusOr<std::string> JoinUpstreamUrl(const UpstreamUrl& base, absl::string_view path) {
  if (path.size() > kPathBytesMax || !absl::StartsWith(path, "/") || !AllOf(path, "-._/") ||
      absl::StrContains(path, "//") || absl::StrContains(path, "..")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", Redact(path, Secret(), kPathBytesMax),
        "\" is no usable API path: it must begin with \"/\", be at most 256 characters out of "
        "letters, digits and \"-._/\", and hold no \"//\" and no \"..\""));
  }
  if (absl::StartsWith(path, "/v1/")) path.remove_prefix(3);
  return absl::StrCat(base.origin, base.path, path);
}

}  // namespace lull
