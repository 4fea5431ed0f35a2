#include "tools/lull/batch/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/lull/batch/line_reader.h"

namespace lull {

absl::StatusOr<AppendFile> AppendFile::Open(const std::string& path, int64_t line_bytes_max,
                                            const Visitor& visit) {
  AppendFile file(
      path, FileDescriptor(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)));
  if (file.file_.get() < 0) return file.Fault("open");
  if (flock(file.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(absl::StrCat(path, " is in use by another run"));
  }
  LULL_RETURN_IF_ERROR(file.Load(line_bytes_max, visit));
  return file;
}

absl::Status AppendFile::Load(int64_t line_bytes_max, const Visitor& visit) {
  struct stat status;
  if (fstat(file_.get(), &status) != 0) return Fault("examine");
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path_, " is not a regular file"));
  }
  was_empty_ = status.st_size == 0;
  LineReader reader(file_.get(), line_bytes_max);
  for (Line line;;) {
    absl::StatusOr<bool> more = reader.Next(&line);
    if (!more.ok()) {
      return absl::DataLossError(absl::StrCat(path_, ": ", more.status().message()));
    }
    if (!*more) return absl::OkStatus();
    if (!line.complete) {
      return ftruncate(file_.get(), line.offset) == 0 ? absl::OkStatus() : Fault("shorten");
    }
    const absl::Status visited = line.too_long
                                     ? absl::InvalidArgumentError(absl::StrCat(
                                           "it is longer than ", line_bytes_max, " bytes"))
                                     : visit(line.number, line.text);
    if (!visited.ok()) {
      return absl::Status(visited.code(),
                          absl::StrCat(path_, ", line ", line.number, ": ", visited.message()));
    }
  }
}

absl::Status AppendFile::Append(absl::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = write(file_.get(), lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fault("write to");
    lines.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status AppendFile::Clear() {
  return ftruncate(file_.get(), 0) == 0 ? absl::OkStatus() : Fault("shorten");
}

absl::Status AppendFile::Sync() {
  return fdatasync(file_.get()) == 0 ? absl::OkStatus() : Fault("sync");
}

absl::Status AppendFile::Fault(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat("cannot ", what, " ", path_, ": ", std::strerror(errno)));
}

}  // namespace lull
