#include "server/api/page_token.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "google/rpc/error_details.pb.h"
#include "server/api/canonical_hash.h"
#include "server/api/error_details.h"
#include "server/api/quoted.h"
#include "server/api/rpc_error.h"
#include "server/api/violations.h"

namespace lull {
namespace {

constexpr char kVersion = 1;
constexpr size_t kWordSize = 8;

std::string BigEndian(uint64_t word) {
  std::string bytes(kWordSize, '\0');
  for (size_t i = 0; i < kWordSize; ++i) bytes[i] = static_cast<char>(word >> (56 - 8 * i));
  return bytes;
}

std::string Encode(const PageScope& scope, absl::string_view position) {
  const uint64_t hash =
      Hash64({"lull page token", scope.method, scope.tenant, scope.filter, position});
  std::string bytes(1, kVersion);
  bytes.append(position.data(), position.size());
  bytes.append(BigEndian(hash));
  return absl::WebSafeBase64Escape(bytes);
}

absl::Status NoToken(absl::string_view token) {
  Violations violations;
  violations.Add("page_token", absl::StrCat("is ", Quoted(token),
                                            ", which is no page token; only the next_page_token of "
                                            "a reply is allowed"));
  return violations.ToStatus();
}

absl::Status Mismatch() {
  constexpr absl::string_view kText =
      "belongs to another list; it has to come from the same method with the same filter, called "
      "by "
      "the same tenant. Begin again without a page_token";
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("page_token");
  violation->set_description(std::string(kText));
  absl::Status status = RpcError(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_MISMATCH",
                                 absl::StrCat("page_token: ", kText));
  AddDetail(bad_request, &status);
  return status;
}

// The position that stands in a token, of `least` to `most` bytes.
absl::StatusOr<std::string> ReadPosition(const PageScope& scope, absl::string_view token,
                                         size_t least, size_t most) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() < 1 + kWordSize + least ||
      bytes.size() - 1 - kWordSize > most || bytes[0] != kVersion) {
    return NoToken(token);
  }
  const absl::string_view position =
      absl::string_view(bytes).substr(1, bytes.size() - 1 - kWordSize);
  if (Encode(scope, position) != absl::WebSafeBase64Escape(bytes)) return Mismatch();
  return std::string(position);
}

}  // namespace

std::string MakeTextPageToken(const PageScope& scope, absl::string_view position) {
  return Encode(scope, position);
}

absl::StatusOr<std::string> ReadTextPageToken(const PageScope& scope, absl::string_view token) {
  return ReadPosition(scope, token, 0, token.size());
}

std::string MakePageToken(const PageScope& scope, JobNumber before) {
  return Encode(scope, BigEndian(static_cast<uint64_t>(before)));
}

absl::StatusOr<JobNumber> ReadPageToken(const PageScope& scope, absl::string_view token) {
  LULL_ASSIGN_OR_RETURN(const std::string position,
                        ReadPosition(scope, token, kWordSize, kWordSize));
  uint64_t before = 0;
  for (const char byte : position) before = before << 8 | static_cast<unsigned char>(byte);
  if (before == 0 || before > INT64_MAX) return NoToken(token);
  return static_cast<JobNumber>(before);
}

}  // namespace lull
