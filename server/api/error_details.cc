#include "server/api/error_details.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "server/api/rpc_error.h"
#include "server/engine/engine_status.h"

namespace lull {
namespace {

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
// Message and details travel in one block of at most 8 KiB, the message twice; an error that is
// larger arrives as another one.
constexpr size_t kMessageBytesMax = 700;
constexpr absl::Duration kDefaultRetryDelay = absl::Seconds(1);

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Detail::descriptor()->full_name());
}

// Cut so that no UTF-8 character is left half.
std::string Cut(absl::string_view message) {
  if (message.size() <= kMessageBytesMax) return std::string(message);
  size_t end = kMessageBytesMax;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(message.substr(0, end), "…");
}

// What the engine and the store said in payloads without protos becomes details.
absl::Status WithAllDetails(absl::Status status) {
  if (!status.GetPayload(TypeUrl<google::rpc::ErrorInfo>())) {
    google::rpc::ErrorInfo info;
    const auto reason = status.GetPayload(kReasonPayload);
    info.set_reason(reason ? std::string(*reason) : absl::StatusCodeToString(status.code()));
    info.set_domain(std::string(kErrorDomain));
    AddDetail(info, &status);
  }
  if (!status.GetPayload(TypeUrl<google::rpc::RetryInfo>())) {
    int64_t milliseconds = 0;
    const auto delay = status.GetPayload(kRetryAfterPayload);
    if (delay && absl::SimpleAtoi(std::string(*delay), &milliseconds)) {
      AddRetryInfo(absl::Milliseconds(milliseconds), &status);
    } else if (status.code() == absl::StatusCode::kResourceExhausted) {
      AddRetryInfo(kDefaultRetryDelay, &status);
    }
  }
  return status;
}

}  // namespace

void AddDetail(const google::protobuf::Message& detail, absl::Status* status) {
  status->SetPayload(absl::StrCat(kTypePrefix, detail.GetDescriptor()->full_name()),
                     absl::Cord(detail.SerializeAsString()));
}

void AddRetryInfo(absl::Duration delay, absl::Status* status) {
  google::rpc::RetryInfo info;
  absl::Duration rest;
  info.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  AddDetail(info, status);
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status result;
  if (status.ok()) return result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(Cut(status.message()));
  // Payloads come in no fixed order; equal errors are to be equal bytes.
  std::map<std::string, std::string> details;
  WithAllDetails(status).ForEachPayload(
      [&details](absl::string_view type_url, const absl::Cord& value) {
        if (absl::StartsWith(type_url, kTypePrefix)) details.emplace(type_url, value);
      });
  for (auto& [type_url, value] : details) {
    google::protobuf::Any* detail = result.add_details();
    detail->set_type_url(type_url);
    detail->set_value(std::move(value));
  }
  return result;
}

}  // namespace lull
