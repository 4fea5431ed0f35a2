#include "worker/keep_alive_filter.h"

#include "absl/strings/ascii.h"

namespace lull {

KeepAliveFilter::Part KeepAliveFilter::Feed(absl::string_view bytes) {
  while (!bytes.empty() && state_ != State::kContent) {
    if (state_ == State::kComment) {
      const size_t end = bytes.find_first_of("\r\n");
      if (end == absl::string_view::npos) return {};
      bytes.remove_prefix(end);
      state_ = State::kLineStart;
    }
    bytes = absl::StripLeadingAsciiWhitespace(bytes);
    // No JSON text begins with a colon.
    if (!bytes.empty()) state_ = bytes.front() == ':' ? State::kComment : State::kContent;
  }
  return {bytes, !absl::StripLeadingAsciiWhitespace(bytes).empty()};
}

}  // namespace lull
