// A configuration that is accepted makes a plan; one that is not is refused line by line, each line
// with the file's name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/config/plan_from_config.h"
#include "server/config/server_config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<lull::v1::ServerConfig> config = lull::ParseServerConfig(text, "s.yaml");
  if (config.ok()) {
    if (!lull::PlanFromConfig(*config).ok()) abort();
    return 0;
  }
  if (!absl::IsInvalidArgument(config.status()) || config.status().message().empty()) abort();
  for (const absl::string_view line : absl::StrSplit(config.status().message(), '\n')) {
    if (!absl::StartsWith(line, "s.yaml:")) abort();
  }
  return 0;
}
