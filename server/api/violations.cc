#include "server/api/violations.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/api/error_details.h"
#include "server/api/rpc_error.h"

namespace lull {
namespace {

// grpc-status-details-bin travels as base64, next to the message, in at most 8 KiB of trailers.
constexpr size_t kKeptBytesMax = 4000;

}  // namespace

void Violations::Add(absl::string_view field, absl::string_view description) {
  ++count_;
  const size_t bytes = field.size() + description.size() + 8;
  if (kept_bytes_ + bytes > kKeptBytesMax) return;
  kept_bytes_ += bytes;
  kept_.push_back({std::string(field), std::string(description)});
}

absl::Status Violations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  google::rpc::BadRequest bad_request;
  for (const Violation& violation : kept_) {
    auto* field_violation = bad_request.add_field_violations();
    field_violation->set_field(violation.field);
    field_violation->set_description(violation.description);
  }
  std::string message = absl::StrCat(count_, count_ == 1 ? " field is" : " fields are", " wrong");
  if (!kept_.empty()) {
    absl::StrAppend(&message, count_ == 1 ? ": " : ", the first: ", kept_.front().field, ": ",
                    kept_.front().description);
  }
  absl::Status status = RpcError(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST", message,
                                 {{"violations", absl::StrCat(count_)}});
  AddDetail(bad_request, &status);
  return status;
}

}  // namespace lull
