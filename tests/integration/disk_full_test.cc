// The disk gets low, then full to the last byte, then has room again, under a real server with a
// real worker and clients that submit without pause: on a tmpfs and on an ext4 of 256 MiB each.
// Whoever may not mount skips it.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/client_history.h"
#include "tests/integration/event_follower.h"
#include "tests/integration/invariants.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/small_disk.h"
#include "tests/integration/store_dump.h"
#include "tests/integration/submit_load.h"
#include "tests/testing/lull_client.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kDiskBytes = 256 * kMiB;
constexpr int64_t kLow = 48 * kMiB;  // below what is kept free, above half of it
constexpr absl::Duration kLimit = absl::Seconds(90);
constexpr int kCallsInFlight = 20;
constexpr char kWaiting[] = "waits-for-an-hour";
constexpr int kDispatchesMax = 100;

std::string ServerConfig(const BusyProcess& busy) {
  return absl::StrCat(R"(
lease: {duration: 10s}
limits: {max_live_jobs: 400}
classes:
  - name: standard
    max_attempts: 100
    max_dispatches: )",
                      kDispatchesMax, R"(
    backoff: {base: 100ms, cap: 1s}
)",
                      busy.AsOnlyUpstream());
}

class DiskFullTest : public testing::TestWithParam<SmallDisk::Kind> {
 protected:
  DiskFullTest()
      : busy_({"--slots=300", "--latency-ms=400", "--latency-spread=0.5", "--token-ms=0"}),
        server_(ServerConfig(busy_)) {}

  void SetUp() override {
    auto disk = SmallDisk::Mount(GetParam(), server_.data_dir(), kDiskBytes);
    if (!disk.ok()) GTEST_SKIP() << disk.status().message();
    disk_ = *std::move(disk);
    server_.Start();
    client_ = std::make_unique<LullClient>(server_.address());
    WorkerOptions worker;
    worker.max_in_flight = 40;
    worker.origins = {busy_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, worker);
    worker_->Start();
    load_ = std::make_unique<SubmitLoad>(server_.address(), 1, &history_);
  }
  void TearDown() override {
    load_.reset();
    worker_.reset();
    client_.reset();
    if (server_started()) server_.Kill();
    disk_.reset();
  }
  bool server_started() { return disk_ != nullptr && server_.process().running(); }

  // Whether a job is taken right now.
  absl::Status TrySubmit() {
    const std::string marker = absl::StrCat("probe-", probes_++);
    history_.Ask(marker, "id-" + marker);
    const auto job = client_->CreateJob(MarkedJob(marker, "id-" + marker));
    if (job.ok()) {
      history_.Acknowledge(marker, job->id());
    } else if (!absl::IsUnavailable(job.status())) {
      history_.Refuse(marker, job.status().code());
    }
    return job.status();
  }
  int64_t CountAcknowledged() {
    int64_t count = 0;
    for (const Submission& submission : history_.Submissions()) {
      count += submission.acknowledged.empty() ? 0 : 1;
    }
    return count;
  }
  // Whether a job that has succeeded can be read with its answer. Any: clients delete some.
  bool CanReadEnded() {
    for (uint64_t n = 0; n < 50; ++n) {
      const auto submission = history_.Acknowledged(n);
      if (!submission) return false;
      const auto job = client_->GetJob(submission->acknowledged[0]);
      if (job.ok() && job->state() == v1::JOB_STATE_SUCCEEDED) {
        return !job->response().body().empty();
      }
    }
    return false;
  }
  bool NothingLive() {
    const auto overview = client_->GetOverview();
    return overview.ok() && overview->counts().total() == 0;
  }
  // A job that waits for an hour; its own, so that no client of the load touches it.
  void SubmitWaitingJob() {
    history_.Ask(kWaiting, kWaiting);
    v1::CreateJobRequest request = MarkedJob(kWaiting, kWaiting);
    request.mutable_job()->mutable_schedule_time()->set_seconds(
        absl::ToUnixSeconds(SystemClock().WallNow() + absl::Hours(1)));
    const auto job = client_->CreateJob(request);
    ASSERT_TRUE(job.ok()) << job.status();
    waiting_ = job->id();
  }
  void CancelWaitingJob() {
    history_.Acknowledge(kWaiting, waiting_);
    history_.AskCancel(waiting_);
    EXPECT_TRUE(client_->CancelJob(waiting_).ok());
  }
  // Begins while nothing can be written. A file system may find some room again, so that the server
  // recovers, and fails again; nothing is taken all the time.
  void ExpectLiveJobsCanBeRead() {
    const auto cannot_write = [&] {
      return absl::StrContains(TrySubmit().message(), "because its disk is full");
    };
    ASSERT_TRUE(PollUntil(kLimit, [&] {
      disk_->Fill();
      return cannot_write();
    }));
    const auto job = client_->GetJob(waiting_);
    ASSERT_TRUE(job.ok()) << job.status();
    EXPECT_EQ(job->state(), v1::JOB_STATE_PENDING);
    EXPECT_THAT(job->request().body(), HasSubstr(kWaiting)) << "the FULL view";
    const auto waited = client_->WaitJob(waiting_, absl::Seconds(1));
    ASSERT_TRUE(waited.ok()) << waited.status();
    EXPECT_EQ(waited->state(), v1::JOB_STATE_PENDING);
    const auto listed =
        client_->ListJobs(absl::StrCat("state = PENDING AND labels.marker = \"", kWaiting, "\""));
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->jobs_size(), 1);
    EXPECT_EQ(listed->jobs(0).id(), waiting_);
    const auto overview = client_->GetOverview();
    ASSERT_TRUE(overview.ok()) << overview.status();
    EXPECT_GE(overview->counts().pending(), 1);
    EXPECT_THAT(overview->refusing_submits(), HasSubstr("disk is"));
    EventFollower::Options options;
    options.address = server_.address();
    (*options.labels.mutable_labels())["marker"] = kWaiting;
    options.begin_with_snapshot = true;
    EventFollower follower(options);
    EXPECT_TRUE(PollUntil(kLimit, [&] { return follower.newest() > 0; }));
    follower.Stop();
    EXPECT_EQ(follower.told().snapshot.count(waiting_), 1u);
    EXPECT_THAT(follower.told().problems, IsEmpty());
    EXPECT_THAT(std::string(TrySubmit().message()), HasSubstr("disk is"));
  }
  void ExpectTakesJobsByItself() {
    const int64_t before = CountAcknowledged();
    EXPECT_TRUE(PollUntil(kLimit, [&] { return CountAcknowledged() >= before + 50; }))
        << TrySubmit() << "\n"
        << server_.process().LogTail();
  }

  BusyProcess busy_;
  ServerProcess server_;
  std::unique_ptr<SmallDisk> disk_;
  std::unique_ptr<LullClient> client_;
  std::unique_ptr<WorkerProcess> worker_;
  ClientHistory history_;
  std::unique_ptr<SubmitLoad> load_;
  std::vector<absl::Time> server_kills_;
  int probes_ = 0;
  std::string waiting_;  // id of a job that waits all the time
};

TEST_P(DiskFullTest, SubmitsAreRefusedResultsRecordedAndNothingAcknowledgedIsLost) {
  ASSERT_TRUE(PollUntil(kLimit, [&] { return CanReadEnded(); }));

  // Low: no more jobs, but all that were taken are answered.
  disk_->LeaveFree(kLow);
  absl::Status refused;
  EXPECT_TRUE(PollUntil(kLimit, [&] {
    refused = TrySubmit();
    return absl::IsResourceExhausted(refused) && NothingLive();
  })) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("disk is nearly full"));
  EXPECT_THAT(client_->GetOverview()->refusing_submits(), HasSubstr("disk is nearly full"));
  EXPECT_EQ(server_.Metrics().Sum("lull_refusing_submits"), 1);
  EXPECT_TRUE(CanReadEnded());
  disk_->Free();
  ExpectTakesJobsByItself();

  // Full while calls run. The log of a server that has just started has no room of its own.
  server_kills_.push_back(SystemClock().WallNow());
  server_.Kill();
  server_.Start();
  SubmitWaitingJob();
  ASSERT_TRUE(PollUntil(kLimit, [&] { return busy_.InFlight() >= kCallsInFlight; }));
  disk_->Fill();
  EXPECT_TRUE(PollUntil(kLimit, [&] {
    disk_->Fill();
    return server_.Metrics().Sum("lull_commit_failures_total") > 0;
  })) << "it never ran into the full disk";
  EXPECT_TRUE(PollUntil(kLimit, [&] {
    refused = TrySubmit();
    return !refused.ok() && absl::StrContains(refused.message(), "disk is");
  })) << refused;
  EXPECT_TRUE(PollUntil(kLimit, [&] { return CanReadEnded(); }));
  ExpectLiveJobsCanBeRead();
  EXPECT_TRUE(server_.process().running()) << server_.process().LogTail();
  disk_->Free();
  ExpectTakesJobsByItself();

  load_->Stop();
  CancelWaitingJob();
  EXPECT_TRUE(PollUntil(kLimit, [&] { return NothingLive(); }));
  const int64_t failures =
      static_cast<int64_t>(server_.Metrics().Sum("lull_commit_failures_total"));
  worker_->Stop();
  server_.Stop();
  EXPECT_EQ(CheckIntegrity(CopyData(server_.data_dir())), "ok");

  RunRecord run;
  run.submissions = history_.Submissions();
  run.meddling = history_.GetMeddling();
  run.calls = busy_.Ledger();
  run.server_kills = server_kills_;
  run.dispatches_max = kDispatchesMax;
  run.provider_seed = BusyProcess::kSeed;
  auto store = DumpStore(server_.data_dir());
  ASSERT_TRUE(store.ok()) << store.status();
  run.store = *std::move(store);
  const Findings findings = CheckInvariants(run);
  std::printf("commits that failed: %lld\n%s", static_cast<long long>(failures),
              findings.Table().c_str());
  EXPECT_THAT(findings.violations, IsEmpty());
  EXPECT_GE(findings.Count("submissions acknowledged"), 100);
  EXPECT_GE(findings.Count("submissions refused"), 1);
}

INSTANTIATE_TEST_SUITE_P(On, DiskFullTest,
                         testing::Values(SmallDisk::Kind::kTmpfs, SmallDisk::Kind::kExt4),
                         [](const auto& info) {
                           return info.param == SmallDisk::Kind::kTmpfs ? "Tmpfs" : "Ext4";
                         });

}  // namespace
}  // namespace lull
