#include "tools/lull/batch/line_reader.h"

#include <errno.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace lull {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

}  // namespace

LineReader::LineReader(int fd, int64_t line_bytes_max) : fd_(fd), line_bytes_max_(line_bytes_max) {}

absl::StatusOr<bool> LineReader::Fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + kReadBytes) buffer_.resize(end_ + kReadBytes);
  ssize_t got;
  do {
    got = pread(fd_, buffer_.data() + end_, kReadBytes, begin_offset_ + static_cast<int64_t>(end_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return absl::DataLossError(
        absl::StrCat("cannot read at byte ", begin_offset_ + end_, ": ", std::strerror(errno)));
  }
  end_ += static_cast<size_t>(got);
  return got > 0;
}

absl::StatusOr<bool> LineReader::Next(Line* line) {
  *line = Line();
  line->number = ++lines_read_;
  line->offset = begin_offset_;
  size_t searched = 0;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const size_t size = end_ - begin_;
    const void* newline =
        size > searched ? std::memchr(from + searched, '\n', size - searched) : nullptr;
    const size_t length = newline == nullptr ? size : static_cast<const char*>(newline) - from;
    if (static_cast<int64_t>(length) > line_bytes_max_) return PassOver(line);
    if (newline != nullptr) {
      line->text = absl::string_view(from, length);
      if (!line->text.empty() && line->text.back() == '\r') line->text.remove_suffix(1);
      begin_ += length + 1;
      begin_offset_ += static_cast<int64_t>(length) + 1;
      return true;
    }
    searched = size;
    LULL_ASSIGN_OR_RETURN(const bool more, Fill());
    if (more) continue;
    line->complete = false;
    line->text = absl::string_view(buffer_.data() + begin_, end_ - begin_);
    begin_offset_ += static_cast<int64_t>(end_ - begin_);
    begin_ = end_;
    return !line->text.empty();
  }
}

absl::StatusOr<bool> LineReader::PassOver(Line* line) {
  line->too_long = true;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const void* newline = std::memchr(from, '\n', end_ - begin_);
    const size_t passed =
        newline == nullptr ? end_ - begin_ : static_cast<const char*>(newline) - from + 1;
    begin_ += passed;
    begin_offset_ += static_cast<int64_t>(passed);
    if (newline != nullptr) return true;
    LULL_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) {
      line->complete = false;
      return true;
    }
  }
}

}  // namespace lull
