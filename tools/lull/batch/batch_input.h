// The input file of a batch run, checked as a whole before any of it is submitted.
#ifndef LULL_TOOLS_LULL_BATCH_BATCH_INPUT_H_
#define LULL_TOOLS_LULL_BATCH_BATCH_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/lull/batch/batch_line.h"
#include "tools/lull/batch/file_descriptor.h"

namespace lull {

inline constexpr int64_t kBatchLinesMax = 1'000'000;
inline constexpr int64_t kBatchLineBytesMax = 16 * 1024 * 1024;

// Keeps about 50 bytes for each line and reads the lines themselves from the file when they are
// wanted. Entries are numbered from 0, without the file's empty lines. Not thread-safe.
class BatchInput {
 public:
  // Reads the whole file once. NOT_FOUND: it cannot be opened. INVALID_ARGUMENT: it is no regular
  // file, or lines are wrong; the message names the first 20 of them with their numbers.
  static absl::StatusOr<BatchInput> Open(const std::string& path);

  size_t size() const { return entries_.size(); }

  // From 1, as an editor counts.
  int64_t line_number(size_t entry) const { return entries_[entry].line_number; }

  // DATA_LOSS: the file is not what it was when it was opened.
  absl::StatusOr<BatchLine> Read(size_t entry);

  // The entry with this custom_id.
  std::optional<size_t> Find(absl::string_view custom_id) const;

  // Of the whole file, as hexadecimal digits.
  const std::string& sha256() const { return sha256_; }

 private:
  struct Entry {
    int64_t offset;
    uint32_t length;
    uint32_t line_number;
  };

  explicit BatchInput(FileDescriptor file) : file_(std::move(file)) {}
  absl::Status Index();

  FileDescriptor file_;
  std::vector<Entry> entries_;
  // By the first half of the custom_id's SHA-256.
  absl::flat_hash_map<absl::uint128, uint32_t> by_custom_id_;
  std::string sha256_;
  BatchLineParser parser_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_BATCH_INPUT_H_
