#include "base/url/host.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

constexpr std::size_t kMaxHostBytes = 253;

bool IsIpv4Number(absl::string_view part) {
  int number = 0;
  return !part.empty() && part.size() <= 3 && (part.size() == 1 || part[0] != '0') &&
         std::all_of(part.begin(), part.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(part, &number) && number <= 255;
}

bool IsIpv4(absl::string_view host) {
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), IsIpv4Number);
}

// No top-level domain begins with a digit, so this is meant as a number by someone.
bool LooksLikeIpv4(absl::string_view host) {
  const absl::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  return !last.empty() && absl::ascii_isdigit(last[0]);
}

bool IsBracketedIpv6(absl::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  const absl::string_view inside = host.substr(1, host.size() - 2);
  return std::all_of(inside.begin(), inside.end(),
                     [](char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; });
}

}  // namespace

bool IsHost(absl::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  if (host.front() == '[') return IsBracketedIpv6(host);
  if (LooksLikeIpv4(host)) return IsIpv4(host);
  return host.front() != '.' && host.front() != '-' && !absl::StrContains(host, "..") &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

bool IsLoopbackHost(absl::string_view host) {
  return host == "localhost" || absl::EndsWith(host, ".localhost") || host == "[::1]" ||
         (absl::StartsWith(host, "127.") && IsIpv4(host));
}

}  // namespace lull
