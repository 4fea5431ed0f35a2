// What a new start finds, and who may start.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {

TEST_P(JobStoreConformance, NumbersGoOnAfterAReopen) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), CreateRecord(7)},
                    {MakeEvent(1, EventKind::kCreated), MakeEvent(2, EventKind::kCreated)})
                  .ok());
  Reopen();
  EXPECT_EQ(recovered_.next_job, 8);
  EXPECT_EQ(recovered_.next_event, 3);
  Reopen();
  EXPECT_EQ(recovered_.next_job, 8);
  EXPECT_EQ(recovered_.next_event, 3);
}

TEST_P(JobStoreConformance, LoadsLiveJobsInTheOrderOfTheirNumbersWithoutEndedOnes) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), CreateRecord(3), CreateRecord(10)}).ok());
  ASSERT_TRUE(Apply({LiveChanged{SampleLive(3)}, SampleEnded(2), LiveChanged{SampleLive(1)}}).ok());
  Reopen();
  std::vector<JobNumber> numbers;
  for (const LiveState& live : Live()) numbers.push_back(live.number);
  EXPECT_EQ(numbers, (std::vector<JobNumber>{1, 3, 10}));
}

TEST_P(JobStoreConformance, IsUnavailableBeforeTheFirstRecovery) {
  store_.reset();
  auto store = GetParam().open(data_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->ApplyGroup(Group()).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*store)->Tidy().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*store)->LoadKeys([](const KeyAdded&) {}).code(), absl::StatusCode::kUnavailable);
}

TEST_P(JobStoreConformance, RefusesASecondOpenOfTheSameDirectory) {
  const auto second = GetParam().open(data_dir_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
  store_.reset();
  EXPECT_TRUE(GetParam().open(data_dir_).ok());
}

TEST_P(JobStoreConformance, RefusesASecondOpenByAnotherProcess) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // The child's copy of the parent's store is not used.
    const auto second = GetParam().open(data_dir_);
    _exit(absl::IsFailedPrecondition(second.status()) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

// A child commits groups of two jobs and tells each acknowledged one through a pipe, until it is
// killed.
TEST_P(JobStoreConformance, LosesNoAcknowledgedGroupWhenKilled) {
  store_.reset();
  unsigned seed = 20261123;
  JobNumber acknowledged = 0;
  for (int round = 0; round < 8; ++round) {
    int pipe_fds[2];
    ASSERT_EQ(pipe(pipe_fds), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_fds[0]);
      Reopen();
      for (JobNumber job = recovered_.next_job; job < 1000000; job += 2) {
        JobSpec spec = SampleSpec(job);
        spec.body = MakeBytes(std::string(2000, static_cast<char>('a' + job % 26)));
        const absl::Status status =
            Apply({CreateRecord(spec), CreateRecord(job + 1), LiveChanged{SampleLive(job)},
                   SampleEnded(job)},
                  {MakeEvent(job, EventKind::kCreated), MakeEvent(job + 1, EventKind::kCreated)});
        if (!status.ok()) _exit(1);
        if (write(pipe_fds[1], &job, sizeof(job)) != sizeof(job)) _exit(2);
      }
      _exit(3);
    }
    close(pipe_fds[1]);
    // Killed while it writes some group after the one that is waited for.
    const int wanted = 1 + rand_r(&seed) % 40;
    for (int i = 0; i < wanted; ++i) {
      ASSERT_EQ(read(pipe_fds[0], &acknowledged, sizeof(acknowledged)),
                static_cast<ssize_t>(sizeof(acknowledged)));
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exited with " << WEXITSTATUS(status);
    JobNumber last = 0;
    while (read(pipe_fds[0], &last, sizeof(last)) == static_cast<ssize_t>(sizeof(last)))
      acknowledged = last;
    close(pipe_fds[0]);

    Reopen();
    EXPECT_GE(recovered_.next_job, acknowledged + 2);
    EXPECT_EQ(recovered_.next_job % 2, 1) << "half a group was kept";
    EXPECT_EQ(recovered_.next_event, recovered_.next_job);
    const auto reader = NewReader();
    for (JobNumber job = 1; job < recovered_.next_job; job += 2) {
      EXPECT_TRUE(reader->ReadSpec(job, true).ok()) << job;
      EXPECT_TRUE(reader->ReadEnded(job, true).ok()) << job;
      EXPECT_TRUE(reader->ReadSpec(job + 1, true).ok()) << job + 1;
    }
    EXPECT_EQ(static_cast<JobNumber>(Live().size()), (recovered_.next_job - 1) / 2);
    store_.reset();
  }
  EXPECT_GT(acknowledged, 0);
}

}  // namespace lull
