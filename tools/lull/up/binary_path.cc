#include "tools/lull/up/binary_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

bool IsProgram(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string OwnFolder() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string() : self.parent_path().string();
}

absl::StatusOr<std::string> FindBinary(const std::string& name, const std::string& given,
                                       const std::string& own_folder,
                                       const std::string& build_folder) {
  std::vector<std::string> candidates;
  if (!given.empty()) {
    candidates.push_back(given);
  } else {
    if (!own_folder.empty()) {
      candidates.push_back(absl::StrCat(own_folder, "/", name));
      candidates.push_back(absl::StrCat(own_folder, "/../../", build_folder, "/", name));
    }
    const char* path = std::getenv("PATH");
    for (absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
      if (!folder.empty()) candidates.push_back(absl::StrCat(folder, "/", name));
    }
  }
  for (const std::string& candidate : candidates) {
    if (IsProgram(candidate)) {
      return std::filesystem::absolute(candidate).lexically_normal().string();
    }
  }
  return absl::NotFoundError(
      absl::StrCat("no program ", name, " at any of\n  ", absl::StrJoin(candidates, "\n  ")));
}

}  // namespace lull
