#include "tools/lull/admin/overview_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tools/lull/admin/overview_tables.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'790'000'000;

v1::Overview BusyServer() {
  v1::Overview overview;
  overview.mutable_time()->set_seconds(kNow);
  overview.mutable_server_start_time()->set_seconds(kNow - 7380);
  overview.set_version("0.1.0");
  overview.mutable_counts()->set_pending(1200);
  overview.mutable_counts()->set_running(48);
  overview.set_queued_bytes(3 << 20);
  v1::ClassStatus& batch = *overview.add_classes();
  batch.set_name("batch");
  batch.mutable_counts()->set_pending(1200);
  batch.set_in_flight(45);
  batch.mutable_limits()->set_concurrency(64);
  batch.set_held(true);
  batch.mutable_next_window_change_time()->set_seconds(kNow + 3 * 3600);
  batch.mutable_requests()->set_used(12);
  batch.mutable_requests()->set_limit(60);
  batch.mutable_requests()->mutable_window()->set_seconds(60);
  v1::ClassStatus& paused = *overview.add_classes();
  paused.set_name("standard");
  paused.set_paused(true);
  paused.set_pause_reason("moving \x1b[2J");
  v1::UpstreamStatus& upstream = *overview.add_upstreams();
  upstream.set_name("deepseek");
  upstream.set_state(v1::UPSTREAM_STATE_HEALTHY);
  upstream.set_recent_calls(200);
  upstream.set_recent_busy(24);
  v1::LearnedLimit& limit = *upstream.add_learned_limits();
  limit.set_concurrency(48.7);
  limit.set_in_flight(24);
  limit.set_named_cap(50);
  v1::LaneStatus& lane = *overview.add_lanes();
  lane.set_class_name("batch");
  lane.set_tenant("default");
  lane.set_route_group("deepseek-chat");
  lane.set_pending(1200);
  lane.mutable_oldest_create_time()->set_seconds(kNow - 200);
  lane.set_pending_reason(v1::PENDING_REASON_QUIET_HOURS);
  v1::WorkerStatus& worker = *overview.add_workers();
  worker.set_worker_id("w1");
  worker.set_in_flight(24);
  worker.set_capacity(64);
  worker.mutable_last_seen_time()->set_seconds(kNow - 3);
  worker.set_version("0.1.0-rc1");
  worker.add_tags("region=eu");
  return overview;
}

TEST(OverviewTextTest, ShowsAllThatDecidesWhatRuns) {
  EXPECT_THAT(OverviewText(BusyServer(), TableStyle(), 0),
              AllOf(HasSubstr("Lull 0.1.0  up 2h3m"), HasSubstr("1200 pending, 48 running"),
                    HasSubstr("3.0 MiB of requests queued"), HasSubstr("45 of 64"),
                    HasSubstr("12 of 60 in 1m"), HasSubstr("held for quiet hours for 3h0m"),
                    HasSubstr("PAUSED: moving \\x1b[2J"), HasSubstr("HEALTHY"), HasSubstr("12 %"),
                    HasSubstr("████░░░░"), HasSubstr("24 of 48"),
                    HasSubstr("the upstream names a cap of 50"), HasSubstr("quiet hours"),
                    HasSubstr("24 of 64"), HasSubstr("3s ago"), HasSubstr("0.1.0-rc1"),
                    HasSubstr("region=eu"), Not(HasSubstr("REFUSING"))));
}

TEST(OverviewTextTest, SaysOfEachKindOfWaitingJobsWhyItWaits) {
  struct Reason {
    v1::PendingReason reason;
    const char* detail;
    const char* shown;
  };
  const Reason reasons[] = {
      {v1::PENDING_REASON_UPSTREAM_BUSY, "upstream \"a\" takes no more calls now, room in 30s",
       "upstream busy: upstream \"a\" takes no more calls now, room in 30s"},
      {v1::PENDING_REASON_UPSTREAM_DOWN, "upstream \"a\" is down", "upstream down: upstream \"a\""},
      {v1::PENDING_REASON_NO_UPSTREAM, "upstream \"a\" refuses our credential",
       "no upstream: upstream \"a\" refuses our credential"},
      {v1::PENDING_REASON_NO_WORKER, "no worker holds \"key\"", "no worker: no worker holds"},
      {v1::PENDING_REASON_CLASS_PAUSED, "", "class paused"},
      {v1::PENDING_REASON_DISK_LOW, "31 MiB are free", "server's disk full: 31 MiB are free"},
      {v1::PENDING_REASON_STORE_UNAVAILABLE, "", "server cannot write"},
      {v1::PENDING_REASON_UNSPECIFIED, "", "about to start"},
  };
  for (const Reason& reason : reasons) {
    v1::Overview overview = BusyServer();
    v1::LaneStatus& lane = *overview.mutable_lanes(0);
    lane.set_pending_reason(reason.reason);
    lane.set_pending_detail(reason.detail);
    EXPECT_THAT(OverviewText(overview, TableStyle(), 0), HasSubstr(reason.shown));
  }
  v1::Overview overview = BusyServer();
  overview.mutable_lanes(0)->clear_oldest_create_time();
  EXPECT_THAT(OverviewText(overview, TableStyle(), 0), Not(HasSubstr("OLDEST")));
}

TEST(OverviewTextTest, SaysWhatIsWrongFirst) {
  v1::Overview overview = BusyServer();
  overview.set_refusing_submits("the disk is full");
  overview.clear_workers();
  const std::string text = OverviewText(overview, TableStyle(), 0);
  EXPECT_THAT(text, AllOf(HasSubstr("REFUSING SUBMITS: the disk is full"),
                          HasSubstr("There is no worker: nothing can be called.")));
  EXPECT_LT(text.find("REFUSING"), text.find("CLASS"));
}

TEST(OverviewTextTest, FitsTheScreen) {
  v1::Overview overview = BusyServer();
  for (int i = 0; i < 50; ++i) *overview.add_workers() = overview.workers(0);
  const std::string text = OverviewText(overview, TableStyle{"", nullptr, 80}, 20);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_THAT(text, HasSubstr("more lines"));
}

TEST(OverviewTextTest, ShowsEachModelOfAnUpstreamThatHasSeveral) {
  v1::Overview overview = BusyServer();
  v1::UpstreamStatus& upstream = *overview.mutable_upstreams(0);
  upstream.mutable_learned_limits(0)->set_model("chat");
  v1::LearnedLimit& second = *upstream.add_learned_limits();
  second.set_model("reasoner");
  second.mutable_blocked_until_time()->set_seconds(kNow + 30);
  upstream.set_state(v1::UPSTREAM_STATE_EJECTED);
  upstream.set_state_detail("5 calls failed");
  upstream.mutable_until_time()->set_seconds(kNow + 60);
  EXPECT_THAT(OverviewText(overview, TableStyle(), 0),
              AllOf(HasSubstr("\n  chat"), HasSubstr("\n  reasoner"), HasSubstr("asked for 30s"),
                    HasSubstr("5 calls failed, looked at again in 1m")));
}

}  // namespace
}  // namespace lull
