// Who goes first, as the provider sees it.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kBatchJobs = 1000;
constexpr int kConcurrency = 6;
// Calls that were granted before the urgent job came, and the ones whose places are refilled while
// it travels.
constexpr int kPlacesMax = 2 * kConcurrency;

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
classes:
  - {name: interactive, priority: 20}
  - {name: batch, priority: 1}
default_class: batch
accounts:
  - {name: busy, concurrency: )",
                      kConcurrency, R"(}
)",
                      busy.AsOnlyUpstream());
}

class PriorityTest : public testing::Test {
 protected:
  PriorityTest()
      : busy_({"--slots=100", "--latency-ms=40", "--token-ms=0"}), server_(Config(busy_)) {
    server_.Start();
    WorkerOptions options;
    options.origins = {busy_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
  }

  // How many calls of others arrived after `submitted` and before this job's.
  static int PlacesWaited(const std::vector<LedgerCall>& calls, const std::string& id,
                          absl::Time submitted) {
    int places = 0;
    for (const LedgerCall& call : calls) {
      if (call.job_id() == id) return places;
      places += call.received > submitted;
    }
    ADD_FAILURE() << id << " was never called";
    return places;
  }

  BusyProcess busy_;
  ServerProcess server_;
  std::unique_ptr<WorkerProcess> worker_;
};

TEST_F(PriorityTest, AnUrgentJobOvertakesAThousandWaitingOnes) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  const std::vector<std::string> batch = driver.Submit("batch", kBatchJobs);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return driver.CountEnded(batch) > 20; }));
  EXPECT_TRUE(driver.AwaitReason(batch, v1::PENDING_REASON_CONCURRENCY_LIMIT, absl::Seconds(5)));

  struct Urgent {
    std::string id;
    absl::Time submitted;
    int waiting;
  };
  std::vector<Urgent> urgent;
  const auto submit = [&](const char* class_name, int priority) {
    const absl::Time now = SystemClock().WallNow();
    const std::string id =
        driver.SubmitOne(class_name, [&](v1::Job* job) { job->set_priority(priority); });
    driver.AwaitSuccess({id}, absl::Seconds(20));
    urgent.push_back({id, now, kBatchJobs - driver.CountEnded(batch)});
  };
  for (int i = 0; i < 5; ++i) submit("interactive", 0);
  for (int i = 0; i < 3; ++i) submit("batch", 9);

  const std::vector<LedgerCall> calls = busy_.Ledger();
  for (const Urgent& job : urgent) {
    const int places = PlacesWaited(calls, job.id, job.submitted);
    std::printf("%s: %d others were called first, of %d that waited\n", job.id.c_str(), places,
                job.waiting);
    EXPECT_LE(places, kPlacesMax);
    EXPECT_GT(job.waiting, kBatchJobs / 4) << "there was nothing to overtake";
  }
  // Nor is the backlog forgotten.
  driver.AwaitSuccess(batch, absl::Seconds(90));
}

}  // namespace
}  // namespace lull
