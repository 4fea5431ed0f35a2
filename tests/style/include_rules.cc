#include "tests/style/include_rules.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace lull {
namespace {

// Stand for sets of headers in the rules below.
constexpr absl::string_view kOperatingSystem = "<the operating system>";
constexpr absl::string_view kAnything = "<anything>";

struct Rule {
  absl::string_view
      where;  // a folder, or the beginning of a file's name; the longest that fits decides
  // Folders ("base"), folders with all below them ("base/..."), or single headers.
  std::vector<absl::string_view> project;
  // Beginnings of the libraries' headers. C++'s own and Abseil's are allowed everywhere.
  std::vector<absl::string_view> libraries;
};

const std::vector<Rule>& Rules() {
  static const auto& rules = *new std::vector<Rule>{
      {"base", {"base"}, {kOperatingSystem}},
      {"base/http", {"base", "base/http"}, {kOperatingSystem, "boost/"}},
      {"base/log", {"base"}, {"nlohmann/", "spdlog/"}},
      {"base/url", {"base", "base/url"}, {}},
      {"base/yaml", {"base", "base/yaml"}, {kOperatingSystem, "google/protobuf/", "yaml-cpp/"}},
      {"proto", {}, {}},
      {"storage", {"base", "storage"}, {kOperatingSystem}},
      {"storage/open_job_store", {"base", "storage", "storage/sqlite"}, {}},
      {"storage/sqlite",
       {"base", "storage", "storage/sqlite"},
       {kOperatingSystem, "google/protobuf/", "sqlite3.h", "zstd.h"}},
      {"server",
       {"base/...", "proto", "server/...", "storage"},
       {kOperatingSystem, "CLI/", "google/", "grpc/", "grpcpp/", "nlohmann/", "openssl/",
        "prometheus/", "simdjson.h"}},
      // Values in, values out: without gRPC.
      {"server/api/",
       {"base/...", "proto", "server/api", "server/engine", "server/scheduler", "storage"},
       {"google/", "openssl/", "simdjson.h"}},
      // Driven by plain threads in tests, so without gRPC.
      {"server/reads/",
       {"base", "proto", "server/api", "server/engine", "server/reads", "storage"},
       {}},
      {"server/rpc/",
       {"base", "proto", "server/api", "server/engine", "server/rpc"},
       {"google/", "grpc/", "grpcpp/"}},
      {"server/watch/",
       {"base", "proto", "server/api", "server/engine", "server/reads", "server/watch", "storage"},
       {"google/protobuf/"}},
      // Pure policy: no I/O of any kind.
      {"server/scheduler", {"base", "server/scheduler", "storage/record.h"}, {}},
      {"server/engine",
       {"base", "server/engine", "server/scheduler", "storage/job_filter.h", "storage/job_id.h",
        "storage/job_store.h", "storage/record.h"},
       {"openssl/"}},
      {"worker",
       {"base/...", "proto", "worker/..."},
       {kOperatingSystem, "CLI/", "curl/", "google/", "grpc/", "grpcpp/", "nlohmann/", "openssl/",
        "prometheus/", "simdjson.h", "zlib.h"}},
      {"tools/busy_api",
       {"base/...", "tools/busy_api"},
       {kOperatingSystem, "CLI/", "nlohmann/", "openssl/", "prometheus/", "simdjson.h"}},
      {"tools/busy_api/gzip_bomb", {"tools/busy_api"}, {"boost/"}},
      {"tools/demo",
       {"base/...", "tools/demo", "tools/lull/batch"},
       {kOperatingSystem, "CLI/", "curl/", "nlohmann/"}},
      {"tools/loadgen",
       {"base/...", "proto", "tools/loadgen"},
       {kOperatingSystem, "CLI/", "google/", "grpc/", "grpcpp/", "nlohmann/"}},
      {"tools/lull",
       {"base/...", "proto", "tools/lull/..."},
       {kOperatingSystem, "CLI/", "google/", "grpc/", "grpcpp/", "nlohmann/", "openssl/",
        "simdjson.h"}},
      {"tests", {kAnything}, {kAnything}},
  };
  return rules;
}

const Rule* RuleFor(absl::string_view path) {
  const Rule* best = nullptr;
  for (const Rule& rule : Rules()) {
    if (IsBelow(path, rule.where) && (!best || rule.where.size() > best->where.size()))
      best = &rule;
  }
  return best;
}

bool IsOperatingSystem(absl::string_view header) {
  static constexpr absl::string_view kFolders[] = {"arpa/", "linux/", "net/", "netinet/", "sys/"};
  static constexpr absl::string_view kHeaders[] = {
      "dirent.h",  "errno.h",  "fcntl.h",  "limits.h", "malloc.h",   "netdb.h",    "poll.h",
      "pthread.h", "pwd.h",    "signal.h", "stdio.h",  "stdlib.h",   "string.h",   "termios.h",
      "time.h",    "unistd.h", "grp.h",    "spawn.h",  "sysexits.h", "execinfo.h",
  };
  for (absl::string_view folder : kFolders) {
    if (absl::StartsWith(header, folder)) return true;
  }
  for (absl::string_view known : kHeaders) {
    if (header == known) return true;
  }
  return false;
}

bool IsStandard(absl::string_view header) {
  return absl::StartsWith(header, "absl/") || !absl::StrContains(header, '.');
}

bool IsOfProject(absl::string_view header) {
  for (absl::string_view folder :
       {"base/", "proto/", "server/", "storage/", "tests/", "tools/", "worker/"}) {
    if (absl::StartsWith(header, folder)) return true;
  }
  return false;
}

bool AllowsProject(absl::string_view allowed, absl::string_view header) {
  if (allowed == kAnything || allowed == header) return true;
  if (absl::ConsumeSuffix(&allowed, "/..."))
    return absl::StartsWith(header, absl::StrCat(allowed, "/"));
  return header.substr(0, header.rfind('/')) == allowed;
}

bool AllowsLibrary(absl::string_view allowed, absl::string_view header) {
  if (allowed == kAnything) return true;
  if (allowed == kOperatingSystem) return IsOperatingSystem(header);
  return absl::StartsWith(header, allowed);
}

bool Allows(const Rule& rule, absl::string_view header) {
  if (IsOfProject(header)) {
    for (absl::string_view allowed : rule.project) {
      if (AllowsProject(allowed, header)) return true;
    }
    return false;
  }
  if (IsStandard(header)) return true;
  for (absl::string_view allowed : rule.libraries) {
    if (AllowsLibrary(allowed, header)) return true;
  }
  return false;
}

// The header that a line includes, if it does.
std::optional<absl::string_view> IncludedBy(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, "#include ")) return std::nullopt;
  if (line.empty() || (line[0] != '"' && line[0] != '<')) return std::nullopt;
  const size_t end = line.find(line[0] == '<' ? '>' : '"', 1);
  if (end == absl::string_view::npos) return std::nullopt;
  return line.substr(1, end - 1);
}

}  // namespace

std::vector<std::string> ForbiddenIncludes(const SourceFile& file) {
  const Rule* rule = RuleFor(file.path);
  if (!rule)
    return {absl::StrCat(file.path, ": its folder has no rule in tests/style/include_rules.cc")};
  std::vector<std::string> forbidden;
  for (size_t i = 0; i < file.lines.size(); ++i) {
    const std::optional<absl::string_view> header = IncludedBy(file.lines[i]);
    if (!header || Allows(*rule, *header)) continue;
    forbidden.push_back(absl::StrCat(file.path, ":", i + 1, ": may not include ", *header, "; ",
                                     rule->where, " may include of the project [",
                                     absl::StrJoin(rule->project, ", "), "], of libraries [",
                                     absl::StrJoin(rule->libraries, ", "), "]"));
  }
  return forbidden;
}

}  // namespace lull
