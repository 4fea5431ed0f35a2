// An EngineLoop over a real SQLite store whose faults a test chooses, on a clock that it moves.
#ifndef LULL_TESTS_SERVER_ENGINE_LOOP_FIXTURE_H_
#define LULL_TESTS_SERVER_ENGINE_LOOP_FIXTURE_H_

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "server/engine/engine_loop.h"
#include "storage/open_job_store.h"
#include "tests/server/engine/engine_driver.h"
#include "tests/server/engine/faulty_store.h"
#include "tests/server/engine/loop_call.h"
#include "tests/testing/fake_clock.h"

namespace lull {

inline const Caller kCaller{"default", {true, true, true}};
inline constexpr absl::Duration kLong = absl::Seconds(30);

class LoopFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "/" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    Open();
  }
  void TearDown() override { Close(); }

  void Open() {
    absl::StatusOr<std::unique_ptr<JobStore>> store = OpenJobStore({directory_});
    ASSERT_TRUE(store.ok()) << store.status();
    real_store_ = *std::move(store);
    store_ = std::make_unique<FaultyStore>(real_store_.get());
    options_.plan = TwoUpstreamPlan();
    options_.seed = "seed";
    loop_ = std::make_unique<EngineLoop>(options_, store_.get(), &clock_, &observer_);
    ASSERT_TRUE(loop_->Start().ok());
  }
  void Close() {
    loop_.reset();
    store_.reset();
    real_store_.reset();
  }

  template <typename Reply, typename Request>
  std::future<absl::StatusOr<Reply>> Post(Request request) {
    return PostTo<Reply>(*loop_, std::move(request));
  }
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Ask(Request request) {
    return Get(Post<Reply>(std::move(request)));
  }
  template <typename Reply>
  static absl::StatusOr<Reply> Get(std::future<absl::StatusOr<Reply>> future) {
    if (future.wait_for(absl::ToChronoSeconds(kLong)) != std::future_status::ready) {
      return absl::DeadlineExceededError("no answer");
    }
    return future.get();
  }

  SubmitRequest OneJob(uint64_t key = 0) {
    NewJob job;
    job.spec = std::make_shared<JobSpec>();
    job.spec->tenant = "default";
    job.spec->class_name = "standard";
    job.spec->route_group = "default";
    job.spec->method = "POST";
    job.spec->path = "/v1/chat/completions";
    job.spec->body = std::make_shared<const std::string>("{}");
    if (key != 0) job.request_key = NewJob::RequestKey{{key, key}, 1};
    return {kCaller, {job}, false};
  }
  JobNumber Submit() {
    const absl::StatusOr<SubmitReply> reply = Ask<SubmitReply>(OneJob());
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply->jobs[0].number;
  }
  LeaseRequest Poll(absl::Duration wait) {
    return {kCaller, "w1", 1, 1 << 20, wait, {"key"}, {}, nullptr};
  }
  absl::StatusOr<FinishReply> Finish(LeaseToken token) {
    AttemptReport report;
    report.token = token;
    report.outcome = Outcome::kSucceeded;
    report.billed = Billed::kYes;
    report.response = std::make_shared<const std::string>("answer");
    report.hash = 1;
    return Ask<FinishReply>(FinishRequest{kCaller, "w1", {report}});
  }

  std::string directory_;
  FakeClock clock_;
  EngineObserver observer_;
  EngineLoop::Options options_;
  std::unique_ptr<JobStore> real_store_;
  std::unique_ptr<FaultyStore> store_;
  std::unique_ptr<EngineLoop> loop_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_LOOP_FIXTURE_H_
