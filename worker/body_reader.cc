#include "worker/body_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

// What an upstream may send to keep a connection open, beyond the largest body: a byte a second for
// a day is far below it.
constexpr int64_t kKeepAliveBytesMax = 1 << 20;
// A chunk says some hundred bytes for every few of content.
constexpr int64_t kStreamBytesPerByte = 128;
constexpr int64_t kEventBytesMax = 1 << 20;

}  // namespace

bool BodyReader::Stream::Take(absl::string_view data) {
  const StreamedAnswer::State state = answer.Take(data);
  const bool goes_on = state == StreamedAnswer::State::kOpen;
  const bool is_part = (goes_on || state == StreamedAnswer::State::kDone) && !answer.failed();
  if (on_event && is_part && !parser.event_text().empty()) on_event(parser.event_text());
  return goes_on;
}

void BodyReader::BeginStream(OnEvent on_event) {
  const int64_t event_bytes_max = std::min(kEventBytesMax, bytes_max_ + 4096);
  stream_.emplace(static_cast<size_t>(event_bytes_max), bytes_max_, std::move(on_event));
}

BodyReader::Step BodyReader::Feed(absl::string_view bytes) {
  received_ += static_cast<int64_t>(bytes.size());
  if (stream_.has_value()) return FeedStream(bytes);
  const KeepAliveFilter::Part part = keep_alive_.Feed(bytes);
  if (static_cast<int64_t>(body_.size() + part.bytes.size()) > bytes_max_ ||
      received_ > bytes_max_ + kKeepAliveBytesMax) {
    return {false, HttpEnd::kBodyTooLarge};
  }
  absl::StrAppend(&body_, part.bytes);
  return {part.content, std::nullopt};
}

BodyReader::Step BodyReader::FeedStream(absl::string_view bytes) {
  since_event_ += static_cast<int64_t>(bytes.size());
  if (received_ > bytes_max_ * kStreamBytesPerByte + kKeepAliveBytesMax ||
      since_event_ > kEventBytesMax + kKeepAliveBytesMax) {
    return {false, HttpEnd::kBodyTooLarge};
  }
  Step step;
  const SseParser::State state = stream_->parser.Feed(bytes, [&](absl::string_view data) {
    since_event_ = 0;
    const bool goes_on = stream_->Take(data);
    step.content |= stream_->answer.took_content();
    return goes_on;
  });
  if (state == SseParser::State::kTooLong ||
      stream_->answer.state() == StreamedAnswer::State::kTooLarge) {
    step.end = HttpEnd::kBodyTooLarge;
  } else if (stream_->answer.state() == StreamedAnswer::State::kUnusable) {
    step.end = HttpEnd::kAnswered;
  }
  return step;
}

std::string BodyReader::Take(bool in_order) {
  if (!stream_.has_value()) return std::move(body_);
  if (in_order) {
    stream_->parser.End([&](absl::string_view data) { return stream_->Take(data); });
  }
  return stream_->answer.TakeBody();
}

}  // namespace lull
