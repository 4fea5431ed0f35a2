#include "tools/lull/error_text.h"

#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tools/lull/client.h"

namespace lull {
namespace {

absl::Status StatusWith(const std::string& message, const google::rpc::Status& details) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kErrorDetailsPayload, absl::Cord(details.SerializeAsString()));
  return status;
}

TEST(ErrorTextTest, IsTheMessageWhenThereIsNothingElse) {
  EXPECT_EQ(ErrorText(absl::NotFoundError("no job 1")), "no job 1");
  EXPECT_EQ(ErrorText(absl::NotFoundError("")), "NOT_FOUND");
}

TEST(ErrorTextTest, ListsEveryWrongFieldTheReasonAndTheDelay) {
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  for (const char* field : {"job.priority", "job.labels"}) {
    auto* violation = bad.add_field_violations();
    violation->set_field(field);
    violation->set_description("is wrong");
  }
  details.add_details()->PackFrom(bad);
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELDS");
  details.add_details()->PackFrom(info);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  details.add_details()->PackFrom(retry);
  EXPECT_EQ(ErrorText(StatusWith("2 fields are wrong", details)),
            "2 fields are wrong (INVALID_FIELDS)\n"
            "  job.priority: is wrong\n"
            "  job.labels: is wrong\n"
            "  Try again in 2.5s.");
}

TEST(ErrorTextTest, AdvisesWhereAPersonCanDoSomething) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("JOB_NOT_FOUND");
  details.add_details()->PackFrom(info);
  EXPECT_EQ(AdviceOnError(StatusWith("no such job", details)),
            "lull list shows the jobs that are there.");
  EXPECT_EQ(AdviceOnError(absl::UnavailableError("no server answers")),
            "Does it run? lull up starts one here; --server or LULL_SERVER names another.");
  EXPECT_EQ(AdviceOnError(absl::InternalError("broken")), "");
}

TEST(ErrorTextTest, CannotSteerTheTerminal) {
  EXPECT_EQ(ErrorText(absl::InternalError("a\x1b[2Jb")), "a\\x1b[2Jb");
}

TEST(ErrorTextTest, PassesOverDetailsThatAreNone) {
  absl::Status status = absl::InternalError("m");
  status.SetPayload(kErrorDetailsPayload, absl::Cord("\xff\xff\xff"));
  EXPECT_EQ(ErrorText(status), "m");
}

}  // namespace
}  // namespace lull
