#include "server/ready_file.h"

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
      absl::StrCat("cannot ", what, " the ready file ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::Status WriteReadyFile(const std::string& path, absl::string_view grpc_address,
                            absl::string_view http_address) {
  const std::string unfinished = absl::StrCat(path, ".", getpid(), ".tmp");
  // Addresses were parsed: nothing in them needs escaping.
  const std::string text = absl::StrCat("{\"grpc\":\"", grpc_address, "\",\"http\":\"",
                                        http_address, "\",\"pid\":", getpid(), "}\n");
  {
    std::ofstream file(unfinished, std::ios::trunc);
    file << text << std::flush;
    if (!file) return SystemError("write", unfinished);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    const absl::Status status = SystemError("put in place", path);
    std::remove(unfinished.c_str());
    return status;
  }
  return absl::OkStatus();
}

}  // namespace lull
