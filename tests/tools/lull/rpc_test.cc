#include "tools/lull/rpc.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"

namespace lull {
namespace {

// Compares the call with the API's own word.
template <template <typename, typename> class Call, typename Request, typename Reply>
void Check(const Call<Request, Reply>& call, bool streams) {
  // "/lull.v1.JobService/GetJob" is "lull.v1.JobService.GetJob" to protobuf.
  const std::string name = absl::StrReplaceAll(std::string(call.path).substr(1), {{"/", "."}});
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  ASSERT_NE(method, nullptr) << name;
  EXPECT_EQ(method->input_type(), Request::descriptor()) << name;
  EXPECT_EQ(method->output_type(), Reply::descriptor()) << name;
  EXPECT_EQ(method->server_streaming(), streams) << name;
  EXPECT_FALSE(method->client_streaming()) << name;
}

TEST(RpcTest, CallsAreThoseOfTheApi) {
  Check(kCreateJob, false);
  Check(kBatchCreateJobs, false);
  Check(kGetJob, false);
  Check(kBatchGetJobs, false);
  Check(kListJobs, false);
  Check(kWaitJob, false);
  Check(kWatchJobs, true);
  Check(kCancelJob, false);
  Check(kCancelJobs, false);
  Check(kRetryJob, false);
  Check(kRetryJobs, false);
  Check(kUpdateJob, false);
  Check(kDeleteJob, false);
  Check(kPurgeJobs, false);
  Check(kGetOverview, false);
  Check(kPauseClass, false);
  Check(kResumeClass, false);
  Check(kGetUsage, false);
  Check(kListWorkers, false);
  Check(kDrainWorker, false);
  Check(kBackup, true);
}

}  // namespace
}  // namespace lull
