#include "base/url/host_port.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/url/host.h"

namespace lull {
namespace {

// What the kernel takes (sun_path), with its terminator.
constexpr std::size_t kMaxUnixPathBytes = 107;

absl::Status WrongAddress(absl::string_view address, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", absl::Utf8SafeCEscape(address.substr(0, 200)), "\" is not an address: ", why,
      "; write it like 127.0.0.1:7411, [::1]:7411 or unix:/run/lull/lull.sock"));
}

}  // namespace

bool ParsePort(absl::string_view digits, uint16_t* port) {
  int number = 0;
  if (digits.empty() || digits.size() > 5 ||
      !std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &number) || number > 65535) {
    return false;
  }
  *port = static_cast<uint16_t>(number);
  return true;
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view address) {
  HostPort parsed;
  if (absl::StartsWith(address, "unix:")) {
    parsed.unix_path = std::string(address.substr(5));
    parsed.local = true;
    if (!absl::StartsWith(parsed.unix_path, "/")) {
      return WrongAddress(address, "the path of a Unix socket has to begin with \"/\"");
    }
    if (parsed.unix_path.size() > kMaxUnixPathBytes) {
      return WrongAddress(address, "the path of a Unix socket has at most 107 bytes");
    }
    if (absl::StrContains(parsed.unix_path, '\0'))
      return WrongAddress(address, "it has a null byte");
    return parsed;
  }
  const std::size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return WrongAddress(address, "the port is missing");
  parsed.host = absl::AsciiStrToLower(address.substr(0, colon));
  if (!IsHost(parsed.host)) return WrongAddress(address, "the host is not usable");
  if (!ParsePort(address.substr(colon + 1), &parsed.port)) {
    return WrongAddress(address, "the port is not a number from 0 to 65535");
  }
  parsed.local = IsLoopbackHost(parsed.host);
  return parsed;
}

}  // namespace lull
