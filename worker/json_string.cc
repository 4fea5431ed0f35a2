#include "worker/json_string.h"

#include "nlohmann/json.hpp"

namespace lull {

std::string WriteJsonString(absl::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int64_t JsonStringSize(absl::string_view text) {
  int64_t size = 0;
  for (const unsigned char c : text) size += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
  return size;
}

}  // namespace lull
