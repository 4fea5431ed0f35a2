#include "base/whole_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " the file ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::Status WriteWholeFile(const std::string& path, absl::string_view content) {
  const std::string unfinished = absl::StrCat(path, ".", getpid(), ".tmp");
  {
    std::ofstream file(unfinished, std::ios::trunc | std::ios::binary);
    file << content << std::flush;
    if (!file) return SystemError("write", unfinished);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    absl::Status status = SystemError("put in place", path);
    std::remove(unfinished.c_str());
    return status;
  }
  return absl::OkStatus();
}

}  // namespace lull
