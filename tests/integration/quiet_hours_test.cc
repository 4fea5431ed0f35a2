// Held jobs and the opening of their window, on the real clock.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr absl::Duration kUntilOpening = absl::Seconds(14);
constexpr absl::Duration kStartLimit = absl::Seconds(5);  // after it may
// Of a call whose class has no past: what a job's latest start leaves for it, and some slack.
constexpr absl::Duration kLeftForTheCall = absl::Seconds(40);

// Windows have minutes, a test has no time to wait for one: so the time zone is one where the clock
// shows 22:00:00 at `opening`.
std::string ZoneWithTenAt(absl::Time opening) {
  const int64_t second_of_day = absl::ToUnixSeconds(opening) % 86400;
  const int64_t offset = 22 * 3600 - second_of_day;
  const int64_t size = offset < 0 ? -offset : offset;
  return absl::StrFormat("Fixed/UTC%c%02d:%02d:%02d", offset < 0 ? '-' : '+', size / 3600,
                         size / 60 % 60, size % 60);
}

std::string Config(const BusyProcess& busy, absl::Time opening) {
  return absl::StrCat(R"(
classes:
  - name: night
    quiet_hours:
      time_zone: ")",
                      ZoneWithTenAt(opening), R"("
      windows: [{from: "22:00", to: "06:00"}]
)",
                      busy.AsOnlyUpstream());
}

class QuietHoursTest : public testing::Test {
 protected:
  QuietHoursTest()
      : busy_({"--slots=100", "--latency-ms=30", "--token-ms=0"}),
        opening_(
            absl::FromUnixSeconds(absl::ToUnixSeconds(SystemClock().WallNow() + kUntilOpening))),
        server_(Config(busy_, opening_)) {
    server_.Start();
    WorkerOptions options;
    options.origins = {busy_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
  }

  BusyProcess busy_;
  const absl::Time opening_;
  ServerProcess server_;
  std::unique_ptr<WorkerProcess> worker_;
};

TEST_F(QuietHoursTest, HeldJobsStartWhenTheirWindowOpensAndADeadlineOrTheJobItselfWins) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  const std::vector<std::string> held = driver.Submit("night", 20);
  const absl::Time submitted = SystemClock().WallNow();
  ASSERT_LT(submitted, opening_ - absl::Seconds(8)) << "too slow a machine to hold anything";
  const absl::Time latest_start = submitted + absl::Seconds(4);
  const absl::Time deadline = latest_start + kLeftForTheCall;
  const std::string pressed = driver.SubmitOne("night", [&](v1::Job* job) {
    job->mutable_deadline()->set_seconds(absl::ToUnixSeconds(deadline) + 1);
  });
  const std::string eager =
      driver.SubmitOne("night", [](v1::Job* job) { job->set_run_when(v1::RUN_WHEN_ANY_TIME); });

  // The one that does not want to be held is not, and says so.
  const v1::Job eager_job = driver.AwaitSuccess({eager}, absl::Seconds(10)).front();
  EXPECT_EQ(eager_job.attempts(0).outside_window(), v1::OUTSIDE_WINDOW_OPTED_IN);

  for (const v1::Job& job : driver.GetAll(held)) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
    EXPECT_EQ(job.pending_reason(), v1::PENDING_REASON_QUIET_HOURS) << job.pending_detail();
    EXPECT_EQ(ToTime(job.expected_start_time()), opening_);
  }
  EXPECT_EQ(driver.Get(pressed).pending_reason(), v1::PENDING_REASON_QUIET_HOURS);

  // The one with a deadline leaves the hold at its latest start, and says so.
  const v1::Job pressed_job = driver.AwaitSuccess({pressed}, absl::Seconds(20)).front();
  const absl::Time pressed_start = ToTime(pressed_job.start_time());
  EXPECT_EQ(pressed_job.attempts(0).outside_window(), v1::OUTSIDE_WINDOW_DEADLINE);
  EXPECT_GE(pressed_start, latest_start);
  EXPECT_LT(pressed_start, opening_);

  // The others start with the window, none before.
  for (const v1::Job& job : driver.AwaitSuccess(held, kUntilOpening + absl::Seconds(20))) {
    EXPECT_EQ(job.attempts(0).outside_window(), v1::OUTSIDE_WINDOW_UNSPECIFIED);
    EXPECT_GE(ToTime(job.start_time()), opening_);
  }
  const std::vector<LedgerCall> calls = CallsOf(busy_.Ledger(), held);
  ASSERT_EQ(calls.size(), held.size());
  std::printf(
      "the window opened %s after the submit; the first held call arrived %s after that, the last "
      "%s; the one with a deadline started %s before it, %s after its latest start\n",
      absl::FormatDuration(opening_ - submitted).c_str(),
      absl::FormatDuration(calls.front().received - opening_).c_str(),
      absl::FormatDuration(calls.back().received - opening_).c_str(),
      absl::FormatDuration(opening_ - pressed_start).c_str(),
      absl::FormatDuration(pressed_start - latest_start).c_str());
  EXPECT_GE(calls.front().received, opening_);
  EXPECT_LE(calls.front().received, opening_ + kStartLimit);
}

}  // namespace
}  // namespace lull
