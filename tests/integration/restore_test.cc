// Restoring, as docs/operations.md says: `lull backup` of a running server, then another server
// that is started on the copy while the first goes on for a while and is lost.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"
#include "tests/testing/process.h"

namespace lull {
namespace {

constexpr char kClass[] = "standard";
constexpr char kOldWorker[] = "of-the-old-server";
constexpr absl::Duration kLimit = absl::Seconds(60);

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
lease: {duration: 5s}
classes:
  - {name: standard, max_attempts: 3, backoff: {base: 100ms, cap: 1s}}
)",
                      busy.AsOnlyUpstream());
}

// The path that `lull backup` prints.
std::string Backup(const ServerProcess& server) {
  ProcessOptions options;
  options.program = RunfilePath("tools/lull/lull");
  options.arguments = {"backup", "--server", server.address(), "--name", "copy.db"};
  options.log_file = NewTestFolder("lull-backup") + "/output";
  auto backup = Process::Start(options);
  EXPECT_TRUE(backup.ok()) << backup.status();
  EXPECT_EQ((*backup)->AwaitExit(kLimit), 0) << (*backup)->LogTail();
  std::ifstream output(options.log_file);
  std::string line;
  std::string last;
  while (std::getline(output, line)) last = std::string(absl::StripAsciiWhitespace(line));
  EXPECT_TRUE(std::filesystem::exists(last)) << last;
  return last;
}

// A data directory that holds nothing but the copy.
std::string Restored(const std::string& copy) {
  std::string data_dir = NewTestFolder("lull-restored");
  std::filesystem::copy_file(copy, data_dir + "/lull.db");
  return data_dir;
}

class RestoreTest : public testing::Test {
 protected:
  RestoreTest() : busy_({"--latency-ms=20", "--token-ms=0"}), old_(Config(busy_)) { old_.Start(); }

  // Grants to a worker that is the test itself.
  std::vector<v1::LeasedJob> Lease(JobDriver& driver, int count) {
    v1::LeaseJobsRequest request;
    request.set_worker_id(kOldWorker);
    request.set_max_jobs(count);
    request.add_credentials("key");
    const auto leased = driver.client().LeaseJobs(request);
    EXPECT_TRUE(leased.ok()) << leased.status();
    EXPECT_EQ(leased->jobs_size(), count);
    return {leased->jobs().begin(), leased->jobs().end()};
  }

  v1::ReportStatus Report(JobDriver& driver, const v1::LeasedJob& job) {
    v1::FinishAttemptsRequest request;
    request.set_worker_id(kOldWorker);
    v1::AttemptResult& result = *request.add_results();
    result.set_lease_token(job.lease_token());
    result.set_outcome(v1::OUTCOME_SUCCEEDED);
    result.set_billed(v1::BILLED_YES);
    result.set_http_status(200);
    result.mutable_response()->set_body(absl::StrCat(R"({"answer":")", job.job_id(), "\"}"));
    const auto reply = driver.client().FinishAttempts(request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply->results(0).status();
  }

  BusyProcess busy_;
  ServerProcess old_;
};

TEST_F(RestoreTest, EveryJobIsThereAndLeasesOfTheOldServerAreLost) {
  JobDriver before(old_.address());
  const std::vector<std::string> answered = before.Submit(kClass, 3);
  for (const v1::LeasedJob& job : Lease(before, 3)) {
    ASSERT_EQ(Report(before, job), v1::REPORT_STATUS_ACCEPTED);
  }
  const std::vector<std::string> running = before.Submit(kClass, 2);
  const std::vector<v1::LeasedJob> leased = Lease(before, 2);
  const std::vector<std::string> waiting = before.Submit(kClass, 20);
  const std::string cancelled = before.SubmitOne(kClass);
  ASSERT_TRUE(before.client().CancelJob(cancelled).ok());
  const auto overview = before.client().GetOverview();
  ASSERT_TRUE(overview.ok());

  const std::string copy = Backup(old_);
  ASSERT_FALSE(testing::Test::HasFailure());
  const std::string after = before.SubmitOne(kClass);
  old_.Kill();

  ServerProcess restored(Config(busy_), Restored(copy));
  restored.Start();
  ASSERT_FALSE(testing::Test::HasFailure());
  JobDriver driver(restored.address());
  for (const std::string& id : answered) {
    const v1::Job job = driver.Get(id);
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_EQ(job.response().body(), absl::StrCat(R"({"answer":")", id, "\"}"));
  }
  EXPECT_EQ(driver.Get(cancelled).state(), v1::JOB_STATE_CANCELLED);
  for (const std::string& id : waiting) EXPECT_EQ(driver.Get(id).state(), v1::JOB_STATE_PENDING);
  for (const std::string& id : running) EXPECT_EQ(driver.Get(id).state(), v1::JOB_STATE_RUNNING);
  EXPECT_TRUE(absl::IsNotFound(driver.client().GetJob(after).status()))
      << "it was submitted when the copy was made";
  const auto now = driver.client().GetOverview();
  ASSERT_TRUE(now.ok());
  EXPECT_EQ(now->counts().total(), overview->counts().total());
  EXPECT_GE(now->event_seq(), overview->event_seq());

  // What the old server's worker brings is nobody's any more, and its jobs are tried again.
  for (const v1::LeasedJob& job : leased) {
    EXPECT_EQ(Report(driver, job), v1::REPORT_STATUS_STALE);
  }
  WorkerOptions options;
  options.origins = {busy_.url()};
  WorkerProcess worker(restored, options);
  worker.Start();
  for (const v1::Job& job : driver.AwaitSuccess(running, kLimit)) {
    ASSERT_EQ(job.attempts_size(), 2);
    EXPECT_EQ(job.attempts(0).worker_id(), kOldWorker);
    EXPECT_EQ(job.attempts(0).outcome(), v1::OUTCOME_UNKNOWN);
    EXPECT_EQ(job.attempts(0).billed(), v1::BILLED_MAYBE);
    EXPECT_EQ(job.attempts(1).outcome(), v1::OUTCOME_SUCCEEDED);
  }
  driver.AwaitSuccess(waiting, kLimit);
  worker.Stop();
  restored.Stop();
}

}  // namespace
}  // namespace lull
