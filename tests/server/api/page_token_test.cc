#include "server/api/page_token.h"

#include <random>
#include <string>

#include "absl/strings/match.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/api/error_details.h"

namespace lull {
namespace {

const PageScope kScope{"ListJobs", "acme", "state = FAILED"};

std::string ReasonOf(const absl::Status& status) {
  const google::rpc::Status details = ToRpcStatus(status);
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info)) return info.reason();
  }
  return "";
}

std::string ViolatedField(const absl::Status& status) {
  const google::rpc::Status details = ToRpcStatus(status);
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::BadRequest bad;
    if (any.UnpackTo(&bad) && bad.field_violations_size() == 1) {
      return bad.field_violations(0).field();
    }
  }
  return "";
}

TEST(PageToken, GivesThePositionBack) {
  for (const JobNumber before : {JobNumber{1}, JobNumber{4711}, JobNumber{INT64_MAX}}) {
    const absl::StatusOr<JobNumber> read = ReadPageToken(kScope, MakePageToken(kScope, before));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, before);
  }
}

// Clients keep them over an upgrade of the server.
TEST(PageToken, LooksAlwaysTheSame) {
  EXPECT_EQ(MakePageToken(kScope, 4711), "AQAAAAAAABJnHlrMttKydsI");
}

TEST(PageToken, OfAnotherMethodTenantOrFilterIsRefused) {
  const std::string token = MakePageToken(kScope, 5);
  for (const PageScope& other :
       {PageScope{"PurgeJobs", "acme", "state = FAILED"},
        PageScope{"ListJobs", "other", "state = FAILED"}, PageScope{"ListJobs", "acme", ""},
        PageScope{"ListJobsacme", "", "state = FAILED"}}) {
    const absl::StatusOr<JobNumber> read = ReadPageToken(other, token);
    EXPECT_TRUE(absl::IsInvalidArgument(read.status()));
    EXPECT_EQ(ReasonOf(read.status()), "PAGE_TOKEN_MISMATCH");
    EXPECT_EQ(ViolatedField(read.status()), "page_token");
  }
}

TEST(PageToken, AMadeUpPositionIsRefused) {
  std::string token = MakePageToken(kScope, 5);
  token[8] = token[8] == 'B' ? 'C' : 'B';
  EXPECT_EQ(ReasonOf(ReadPageToken(kScope, token).status()), "PAGE_TOKEN_MISMATCH");
  const std::string zero = MakePageToken(kScope, 0);
  EXPECT_EQ(ReasonOf(ReadPageToken(kScope, zero).status()), "INVALID_REQUEST");
}

TEST(PageToken, WhatIsNoTokenIsSaidToBeNone) {
  const std::string token = MakePageToken(kScope, 5);
  for (const std::string& text :
       {std::string("2"), std::string("#"), token.substr(1), token + "AAAA", "B" + token.substr(1),
        std::string("\0\xff", 2), std::string(100'000, 'A')}) {
    const absl::StatusOr<JobNumber> read = ReadPageToken(kScope, text);
    EXPECT_TRUE(absl::IsInvalidArgument(read.status()));
    EXPECT_EQ(ReasonOf(read.status()), "INVALID_REQUEST") << text.substr(0, 100);
    EXPECT_EQ(ViolatedField(read.status()), "page_token");
    EXPECT_LE(read.status().message().size(), 500u);
  }
}

TEST(PageToken, NoBytesDoHarmAndNoneButItsOwnArePassed) {
  std::mt19937 random(1);
  const std::string good = MakePageToken(kScope, 5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const absl::StatusOr<JobNumber> read = ReadPageToken(kScope, text);
    if (read.ok()) {
      EXPECT_EQ(*read, 5) << text;
    } else {
      EXPECT_TRUE(absl::IsInvalidArgument(read.status()));
    }
  }
}

}  // namespace
}  // namespace lull
