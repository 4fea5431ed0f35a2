#include "server/api/rpc_error.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "server/api/error_details.h"
#include "server/api/violations.h"
#include "server/engine/engine_status.h"
#include "server/rpc/grpc_status.h"

namespace lull {
namespace {

template <typename Detail>
std::vector<Detail> DetailsOf(const google::rpc::Status& status) {
  std::vector<Detail> result;
  for (const google::protobuf::Any& any : status.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) result.push_back(detail);
  }
  return result;
}

google::rpc::Status Decoded(const grpc::Status& status) {
  google::rpc::Status result;
  EXPECT_TRUE(result.ParseFromString(status.error_details()));
  return result;
}

TEST(GrpcStatus, EveryCodeKeepsItsNumberAndMessageAndGetsAnErrorInfo) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), absl::StrCat("message ", code));
    const grpc::Status grpc_status = ToGrpcStatus(status);
    EXPECT_EQ(grpc_status.error_code(), code);
    EXPECT_EQ(grpc_status.error_message(), absl::StrCat("message ", code));
    const google::rpc::Status details = Decoded(grpc_status);
    EXPECT_EQ(details.code(), code);
    const auto infos = DetailsOf<google::rpc::ErrorInfo>(details);
    ASSERT_EQ(infos.size(), 1u) << code;
    EXPECT_EQ(infos[0].domain(), "lull");
    EXPECT_EQ(infos[0].reason(), absl::StatusCodeToString(status.code()));
  }
}

TEST(GrpcStatus, ACodeThatIsNoneBecomesUnknown) {
  EXPECT_EQ(ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(77), "odd")).error_code(),
            grpc::StatusCode::UNKNOWN);
}

TEST(GrpcStatus, ALongMessageIsCutBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 100'000) text += "é";
  const grpc::Status status = ToGrpcStatus(absl::NotFoundError(text));
  EXPECT_EQ(status.error_message(), absl::StrCat(text.substr(0, 699), "…"));
  EXPECT_EQ(Decoded(status).message(), status.error_message());
}

TEST(ErrorDetails, TheEnginesReasonAndDelayBecomeDetails) {
  const absl::Status status = WithRetryAfter(
      WithReason(absl::UnavailableError("not known"), "COMMIT_UNKNOWN"), absl::Milliseconds(1500));
  const google::rpc::Status rpc = ToRpcStatus(status);
  ASSERT_EQ(rpc.details_size(), 2);
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(rpc).at(0).reason(), "COMMIT_UNKNOWN");
  const auto retry = DetailsOf<google::rpc::RetryInfo>(rpc).at(0).retry_delay();
  EXPECT_EQ(retry.seconds(), 1);
  EXPECT_EQ(retry.nanos(), 500'000'000);
}

TEST(ErrorDetails, ResourceExhaustedAlwaysSaysWhenToComeBack) {
  const google::rpc::Status rpc = ToRpcStatus(absl::ResourceExhaustedError("full"));
  ASSERT_EQ(DetailsOf<google::rpc::RetryInfo>(rpc).size(), 1u);
  EXPECT_GT(DetailsOf<google::rpc::RetryInfo>(rpc)[0].retry_delay().seconds(), 0);
}

TEST(ErrorDetails, EqualErrorsAreEqualBytes) {
  const auto make = [] {
    absl::Status status = OverloadedError("FULL", "full", absl::Seconds(2));
    google::rpc::BadRequest bad;
    bad.add_field_violations()->set_field("a");
    AddDetail(bad, &status);
    return ToRpcStatus(status).SerializeAsString();
  };
  const std::string first = make();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(make(), first);
}

TEST(RpcError, CarriesReasonDomainAndMetadata) {
  const google::rpc::Status rpc = ToRpcStatus(
      RpcError(absl::StatusCode::kFailedPrecondition, "LEASE_LOST", "late", {{"job", "7"}}));
  const auto info = DetailsOf<google::rpc::ErrorInfo>(rpc).at(0);
  EXPECT_EQ(info.reason(), "LEASE_LOST");
  EXPECT_EQ(info.domain(), "lull");
  EXPECT_EQ(info.metadata().at("job"), "7");
  EXPECT_EQ(rpc.message(), "late");
}

TEST(Violations, NoneIsOk) { EXPECT_TRUE(Violations().ToStatus().ok()); }

TEST(Violations, ListsAllOfThemAtOnce) {
  Violations violations;
  violations.Add("job.priority", "is 12; from -9 to 9 is allowed");
  violations.Add("job.request.path", "is missing");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "2 fields are wrong, the first: job.priority: is 12; from -9 to 9 is allowed");
  const auto bad = DetailsOf<google::rpc::BadRequest>(ToRpcStatus(status)).at(0);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(1).field(), "job.request.path");
  EXPECT_EQ(bad.field_violations(1).description(), "is missing");
}

TEST(Violations, AnyNumberFitsIntoTheTrailersThatClientsAccept) {
  Violations violations;
  for (int i = 0; i < 100'000; ++i) violations.Add(absl::StrCat("requests[", i, "]"), "is wrong");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(violations.count(), 100'000);
  EXPECT_NE(status.message().find("100000 fields are wrong"), absl::string_view::npos);
  // grpc-status-details-bin as base64, and the message.
  const std::string details = ToGrpcStatus(status).error_details();
  EXPECT_LT(details.size() * 4 / 3 + status.message().size(), 8000u);
  EXPECT_GT(DetailsOf<google::rpc::BadRequest>(ToRpcStatus(status)).at(0).field_violations_size(),
            20);
}

TEST(Violations, OneThatIsTooLongByItselfIsCountedAll) {
  Violations violations;
  violations.Add("field", std::string(1 << 20, 'x'));
  EXPECT_EQ(violations.ToStatus().message(), "1 field is wrong");
}

}  // namespace
}  // namespace lull
