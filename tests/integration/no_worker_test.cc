// Jobs that nobody can call, and what they say.
#include <gmock/gmock.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

using testing::HasSubstr;

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
)",
                      busy.AsOnlyUpstream());
}

WorkerOptions WorkerWith(const std::string& credential, const BusyProcess& busy) {
  WorkerOptions options;
  options.id = "worker-with-" + credential;
  options.credential = credential;
  options.origins = {busy.url()};
  return options;
}

TEST(NoWorkerTest, AJobWaitsForAWorkerThatHoldsItsCredential) {
  BusyProcess busy;
  ServerProcess server(Config(busy));
  server.Start();
  ASSERT_FALSE(testing::Test::HasFailure());
  JobDriver driver(server.address());
  const std::string id = driver.SubmitOne("standard");
  const auto waiting = driver.AwaitReason({id}, v1::PENDING_REASON_NO_WORKER, absl::Seconds(10));
  ASSERT_TRUE(waiting);
  EXPECT_THAT(waiting->pending_detail(), HasSubstr("\"key\""));
  std::printf("%s\n", waiting->pending_detail().c_str());

  WorkerProcess wrong(server, WorkerWith("other", busy));
  wrong.Start();
  // It asks for jobs: the server knows it.
  ASSERT_TRUE(PollUntil(absl::Seconds(10), [&] {
    const auto overview = driver.client().GetOverview();
    return overview.ok() && overview->workers_size() == 1;
  }));
  EXPECT_EQ(driver.Get(id).pending_reason(), v1::PENDING_REASON_NO_WORKER);
  EXPECT_TRUE(busy.Ledger().empty());

  WorkerProcess right(server, WorkerWith("key", busy));
  right.Start();
  const v1::Job job = driver.AwaitSuccess({id}, absl::Seconds(20)).front();
  EXPECT_THAT(job.attempts(0).worker_id(), HasSubstr("worker-with-key"));
  const std::vector<LedgerCall> calls = busy.Ledger();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_TRUE(calls[0].authorized);
  EXPECT_EQ(calls[0].request_id, id + "/1");
}

}  // namespace
}  // namespace lull
