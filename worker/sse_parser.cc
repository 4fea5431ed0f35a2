#include "worker/sse_parser.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace lull {

SseParser::State SseParser::Feed(absl::string_view bytes, OnData on_data) {
  while (!bytes.empty() && state_ == State::kOpen) {
    if (after_cr_) {
      after_cr_ = false;
      if (absl::ConsumePrefix(&bytes, "\n")) continue;
    }
    const size_t end = bytes.find_first_of("\r\n");
    TakePart(bytes.substr(0, end));
    if (end == absl::string_view::npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (state_ == State::kOpen) TakeLine(on_data);
  }
  return state_;
}

SseParser::State SseParser::End(OnData on_data) {
  if (state_ == State::kOpen) {
    KeepText("");
    Dispatch(on_data);
  }
  return state_;
}

void SseParser::TakePart(absl::string_view part) {
  if (!line_.empty() && line_.front() == ':') return;
  if (line_.empty() && !part.empty() && part.front() == ':') part = part.substr(0, 1);
  // Before it is appended, so that a large piece is not copied to be refused.
  if (line_.size() + part.size() > event_bytes_max_) {
    state_ = State::kTooLong;
    return;
  }
  line_.append(part.data(), part.size());
}

void SseParser::TakeLine(OnData on_data) {
  absl::string_view line = line_;
  if (first_line_) absl::ConsumePrefix(&line, "\xEF\xBB\xBF");
  first_line_ = false;
  KeepText(line);
  if (line.empty()) {
    Dispatch(on_data);
  } else if (absl::ConsumePrefix(&line, "data") && (line.empty() || line.front() == ':')) {
    absl::ConsumePrefix(&line, ":");
    absl::ConsumePrefix(&line, " ");
    if (data_.size() + line.size() >= event_bytes_max_) {
      state_ = State::kTooLong;
      return;
    }
    if (has_data_) data_.push_back('\n');
    data_.append(line.data(), line.size());
    has_data_ = true;
  }
  line_.clear();
}

void SseParser::KeepText(absl::string_view line) {
  if (!keep_text_ || text_too_long_ || absl::StartsWith(line, ":")) return;
  if (text_.size() + line.size() + 1 > event_bytes_max_) {
    text_too_long_ = true;
    text_.clear();
    return;
  }
  text_.append(line.data(), line.size());
  text_.push_back('\n');
}

void SseParser::Dispatch(OnData on_data) {
  if (has_data_ && !data_.empty() && !on_data(data_)) state_ = State::kStopped;
  has_data_ = false;
  data_.clear();
  text_.clear();
  text_too_long_ = false;
}

}  // namespace lull
