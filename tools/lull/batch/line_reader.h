// Reads a file line by line without holding more than one line in memory.
#ifndef LULL_TOOLS_LULL_BATCH_LINE_READER_H_
#define LULL_TOOLS_LULL_BATCH_LINE_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

// One line of a file, without its end ("\n" or "\r\n").
struct Line {
  // From 1.
  int64_t number = 0;
  // Of its first byte in the file.
  int64_t offset = 0;
  // Valid until the next call of Next(). Empty if `too_long`.
  absl::string_view text;
  // Longer than the reader's limit: the text was passed over.
  bool too_long = false;
  // Ends with "\n"; false only for what follows the last one.
  bool complete = true;
};

// Reads forward through a file descriptor that it does not own, from offset 0 and without moving
// the descriptor's own position. Not thread-safe.
class LineReader {
 public:
  LineReader(int fd, int64_t line_bytes_max);

  // False at the end of the file. Fails with DATA_LOSS when reading fails.
  absl::StatusOr<bool> Next(Line* line);

 private:
  // Makes more bytes available after those from begin_; false at the end of the file.
  absl::StatusOr<bool> Fill();
  absl::StatusOr<bool> PassOver(Line* line);

  const int fd_;
  const int64_t line_bytes_max_;
  std::vector<char> buffer_;
  size_t begin_ = 0;          // Of the unread bytes in buffer_.
  size_t end_ = 0;            // Of the bytes in buffer_.
  int64_t begin_offset_ = 0;  // Of buffer_[begin_] in the file.
  int64_t lines_read_ = 0;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_LINE_READER_H_
