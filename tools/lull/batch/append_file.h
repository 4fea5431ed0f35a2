// A file of lines that is only ever appended to, and that survives being cut off in mid-line.
#ifndef LULL_TOOLS_LULL_BATCH_APPEND_FILE_H_
#define LULL_TOOLS_LULL_BATCH_APPEND_FILE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/lull/batch/file_descriptor.h"

namespace lull {

// Only one process can have such a file open. Not thread-safe.
class AppendFile {
 public:
  // Gets each complete line, without its end; an error ends the reading.
  using Visitor = std::function<absl::Status(int64_t number, absl::string_view line)>;

  // Opens the file, creating it if it is missing, and shows what it holds to `visit`. An unfinished
  // last line, which a process leaves that ends while it writes, is cut off. UNAVAILABLE: another
  // process has the file open. Otherwise DATA_LOSS for failures of the file system, and what
  // `visit` returns. Every message names the path.
  static absl::StatusOr<AppendFile> Open(const std::string& path, int64_t line_bytes_max,
                                         const Visitor& visit);

  // Writes `lines`, which have to end with "\n", at the end.
  absl::Status Append(absl::string_view lines);

  // Makes the file empty.
  absl::Status Clear();

  // Returns when everything appended is on disk.
  absl::Status Sync();

  const std::string& path() const { return path_; }
  // Whether the file held nothing when it was opened.
  bool was_empty() const { return was_empty_; }

 private:
  AppendFile(std::string path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  absl::Status Load(int64_t line_bytes_max, const Visitor& visit);
  absl::Status Fault(absl::string_view what) const;

  std::string path_;
  FileDescriptor file_;
  bool was_empty_ = true;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_APPEND_FILE_H_
