// Many clients follow all jobs of a run with WatchJobs while the server is killed and started again
// and again, and some of them fall behind, are cut off and resume. The store's own log of events is
// the witness: each has to have been told all of it that is about its jobs, once and in order.
//
// The size is set by the environment, for which bazel has --test_env:
//   LULL_WATCH_JOBS      jobs that are followed; default 36,000, since the slow have to fall 65,536
//                        events behind
//   LULL_WATCHERS        clients that follow them; default 20; ten of them are slow
//   LULL_WATCH_RESTARTS  SIGKILLs of the server; default 3
// The full size:
//   bazel test //tests/integration:watch_test --test_env=LULL_WATCH_JOBS=100000
//   --test_env=LULL_WATCHERS=100 --test_env=LULL_WATCH_RESTARTS=10 --test_timeout=3600
//   --test_output=all
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/event_follower.h"
#include "tests/integration/event_witness.h"
#include "tests/integration/fast_worker.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/store_dump.h"
#include "tests/testing/lull_client.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr char kTeam[] = "team";
constexpr char kFollowed[] = "followed";
constexpr int kSlow = 10;
constexpr int kLate = 3;  // of the others: begin with a snapshot, in the middle
constexpr int kWorkers = 2;
constexpr int kBatch = 200;  // jobs in one submit; one in twenty is not followed
constexpr absl::Duration kLimit = absl::Minutes(40);

constexpr char kConfig[] = R"(
lease: {duration: 5s}
classes:
  - name: standard
    max_attempts: 100
    backoff: {base: 100ms, cap: 1s}
    # Calls of lost leases keep their place at the upstream until their time is over.
    time_limits: {connect: 1s, first_content: 2s, between_content: 2s, total: 4s}
upstreams:
  - {name: up, base_url: "http://127.0.0.1:9", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: up}]}
)";

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

class WatchTest : public testing::Test {
 protected:
  WatchTest()
      : jobs_(FromEnvironment("LULL_WATCH_JOBS", 36'000)),
        watchers_(FromEnvironment("LULL_WATCHERS", 20)),
        restarts_(FromEnvironment("LULL_WATCH_RESTARTS", 3)),
        server_(kConfig) {
    std::printf("LULL_WATCH_JOBS=%lld LULL_WATCHERS=%lld LULL_WATCH_RESTARTS=%lld\n",
                static_cast<long long>(jobs_), static_cast<long long>(watchers_),
                static_cast<long long>(restarts_));
    std::fflush(stdout);
    server_.Start();
  }

  // Jobs `first` to `last`, whatever the server goes through.
  void Submit(int64_t first, int64_t last) {
    LullClient client(server_.address());
    for (int64_t next = first; next < last; next += kBatch) {
      v1::BatchCreateJobsRequest request;
      for (int64_t i = next; i < std::min(last, next + kBatch); ++i) {
        v1::CreateJobRequest& create = *request.add_requests();
        create.set_request_id(absl::StrCat("job-", i));
        v1::Job& job = *create.mutable_job();
        job.mutable_request()->set_method("POST");
        job.mutable_request()->set_path("/v1/chat/completions");
        job.mutable_request()->set_body(R"({"model":"m"})");
        (*job.mutable_labels())[kTeam] = kFollowed;
        (*job.mutable_labels())["n"] = absl::StrCat(i % 10);
        if (i % 20 != 0) continue;
        v1::CreateJobRequest& other = *request.add_requests();
        other = create;
        other.set_request_id(absl::StrCat("other-", i));
        (*other.mutable_job()->mutable_labels())[kTeam] = "others";
      }
      const bool submitted =
          PollUntil(kLimit, [&] { return client.BatchCreateJobs(request).ok(); });
      ASSERT_TRUE(submitted);
    }
  }

  void AddFollower(bool slow, bool with_snapshot) {
    EventFollower::Options options;
    options.address = server_.address();
    (*options.labels.mutable_labels())[kTeam] = kFollowed;
    options.small_window = slow;
    options.begin_with_snapshot = with_snapshot;
    followers_.push_back(std::make_unique<EventFollower>(options));
    if (slow) slow_.push_back(followers_.back().get());
  }

  // Followers' own count of ended jobs, of the one that is ahead.
  int64_t Ended() const {
    int64_t ended = 0;
    for (const auto& follower : followers_) ended = std::max(ended, follower->ended());
    return ended;
  }
  void AwaitEnded(int64_t count) {
    EXPECT_TRUE(PollUntil(kLimit, [&] { return Ended() >= count; })) << Ended();
  }

  // The slow ones read nothing until they are cut off.
  void LetTheSlowFallBehind() {
    for (EventFollower* slow : slow_) slow->Sleep();
    const bool cut_off = PollUntil(
        kLimit, [&] { return server_.Metrics().Sum("lull_watchers_cut_off_total") >= kSlow; },
        absl::Milliseconds(200));
    EXPECT_TRUE(cut_off);
    for (EventFollower* slow : slow_) slow->Wake();
  }

  void AwaitAll() {
    const bool all = PollUntil(kLimit, [&] {
      return std::all_of(followers_.begin(), followers_.end(),
                         [&](const auto& follower) { return follower->ended() >= jobs_; });
    });
    EXPECT_TRUE(all);
  }

  const int64_t jobs_;
  const int64_t watchers_;
  const int64_t restarts_;
  ServerProcess server_;
  std::vector<std::unique_ptr<EventFollower>> followers_;
  std::vector<EventFollower*> slow_;
};

TEST_F(WatchTest, NobodyMissesAnEventOrSeesOneTwice) {
  const absl::Duration begin = SystemClock().Now().steady;
  for (int64_t i = 0; i + kLate < watchers_; ++i) AddFollower(i < kSlow, false);
  std::vector<std::unique_ptr<FastWorker>> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.push_back(
        std::make_unique<FastWorker>(server_.address(), absl::StrCat("fast-", i), "key"));
  }
  // Two thirds come while the slow ones sleep; the rest while the server dies and comes back.
  const int64_t calm = jobs_ * 2 / 3;
  std::thread submits([&] { Submit(0, calm); });
  LetTheSlowFallBehind();
  submits.join();
  std::thread more([&] { Submit(calm, jobs_); });
  for (int64_t i = 1; i <= restarts_; ++i) {
    AwaitEnded(calm + (jobs_ - calm) * i / (restarts_ + 1));
    if (i == 1) {
      for (int late = 0; late < kLate; ++late) AddFollower(false, true);
    }
    server_.Kill();
    server_.Start();
  }
  more.join();
  AwaitAll();
  const absl::Duration took = SystemClock().Now().steady - begin;
  for (const auto& worker : workers) worker->Stop();
  for (const auto& follower : followers_) follower->Stop();
  server_.Stop();

  const absl::StatusOr<StoreDump> dump = DumpStore(server_.data_dir());
  ASSERT_TRUE(dump.ok()) << dump.status();
  const EventWitness witness = WitnessOf(*dump, kTeam, kFollowed);
  EXPECT_EQ(witness.jobs, jobs_);
  EXPECT_EQ(witness.ended, jobs_);
  int64_t events = 0;
  int64_t messages = 0;
  int64_t cut_offs = 0;
  int64_t streams = 0;
  for (const auto& follower : followers_) {
    CheckFollower(*follower, witness);
    EXPECT_GE(follower->ended(), jobs_);  // what a snapshot shows and an event tells counts twice
    events += follower->events();
    messages += follower->messages();
    cut_offs += follower->cut_offs();
    streams += follower->streams();
  }
  for (const EventFollower* slow : slow_) EXPECT_GE(slow->cut_offs(), 1);
  std::printf("watchers=%zu jobs=%lld log_events=%zu restarts=%lld\n", followers_.size(),
              static_cast<long long>(jobs_), witness.seqs.size(),
              static_cast<long long>(restarts_));
  std::printf("events_told=%lld messages=%lld seconds=%.1f events_per_second=%.0f\n",
              static_cast<long long>(events), static_cast<long long>(messages),
              absl::ToDoubleSeconds(took),
              static_cast<double>(events) / absl::ToDoubleSeconds(took));
  std::printf("cut_offs=%lld resumes=%lld\n", static_cast<long long>(cut_offs),
              static_cast<long long>(streams - static_cast<int64_t>(followers_.size())));
}

}  // namespace
}  // namespace lull
