// GetOverview and ListWorkers over a real channel: what decides what runs, and why work waits.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kConfig[] = R"(
classes:
  - {name: standard, priority: 1, limits: {concurrency: 20, requests: {count: 100, window: 60s}}}
  - name: night
    priority: 5
    quiet_hours: {time_zone: UTC, windows: [{from: "22:00", to: "06:00"}]}
)";

v1::Overview Overview(TestServer& server, int max_lanes = 0) {
  v1::GetOverviewRequest request;
  request.set_max_lanes(max_lanes);
  const auto answer =
      TestServer::Ask(server.admin(), &v1::AdminService::Stub::GetOverview, request);
  EXPECT_TRUE(answer.ok()) << answer.status.error_message();
  return answer.reply;
}

v1::LeaseJobsRequest LeaseOf(const std::string& worker, int jobs) {
  v1::LeaseJobsRequest request = TestServer::LeaseRequest(worker);
  request.set_max_jobs(jobs);
  request.set_version("1.2.3");
  request.set_capacity(64);
  request.add_tags("region=eu");
  return request;
}

v1::CreateJobRequest JobOf(const std::string& class_name) {
  v1::CreateJobRequest request = TestServer::GoodJob();
  request.mutable_job()->set_class_name(class_name);
  return request;
}

// One job that is called and ends so.
void Call(TestServer& server, v1::AttemptResult result) {
  server.MustCreate();
  const auto leased = server.Lease(LeaseOf("w1", 1));
  ASSERT_EQ(leased->jobs_size(), 1);
  result.set_lease_token(leased->jobs(0).lease_token());
  ASSERT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
}

v1::AttemptResult Busy(int retry_after_s, int cap) {
  v1::AttemptResult result = TestServer::Failure("", v1::OUTCOME_BUSY);
  result.mutable_retry_after()->set_seconds(retry_after_s);
  result.set_learned_concurrency_cap(cap);
  return result;
}

// ---- why work waits

TEST(Overview, SaysOfEachLaneWhyItWaits) {
  TestServer server(kConfig);
  server.MustCreateMany(3);
  server.MustCreate(JobOf("night"));
  v1::CreateJobRequest later = JobOf("night");
  *later.mutable_job()->mutable_schedule_time() =
      ToTimestamp(server.clock().WallNow() + absl::Hours(1));
  later.mutable_job()->set_run_when(v1::RUN_WHEN_ANY_TIME);
  server.MustCreate(later);

  const v1::Overview overview = Overview(server);
  EXPECT_EQ(overview.lane_count(), 3);
  ASSERT_EQ(overview.lanes_size(), 3);
  const v1::LaneStatus& longest = overview.lanes(0);
  EXPECT_EQ(longest.class_name(), "standard");
  EXPECT_EQ(longest.tenant(), "default");
  EXPECT_EQ(longest.route_group(), "chat");
  EXPECT_EQ(longest.pending(), 3);
  EXPECT_EQ(longest.pending_reason(), v1::PENDING_REASON_NO_WORKER);
  EXPECT_THAT(longest.pending_detail(), HasSubstr("credential \"key\" for upstream \"up\""));
  EXPECT_EQ(longest.oldest_create_time().seconds(), overview.time().seconds());
  std::set<v1::PendingReason> others = {overview.lanes(1).pending_reason(),
                                        overview.lanes(2).pending_reason()};
  EXPECT_EQ(others, (std::set<v1::PendingReason>{v1::PENDING_REASON_QUIET_HOURS,
                                                 v1::PENDING_REASON_SCHEDULED}));
  EXPECT_EQ(overview.counts().pending(), 5);

  const v1::Overview cut = Overview(server, 1);
  ASSERT_EQ(cut.lanes_size(), 1);
  EXPECT_EQ(cut.lanes(0).pending(), 3);
  EXPECT_EQ(cut.lane_count(), 3);
}

TEST(Overview, ALaneThatWaitsAfterAFailureSaysSo) {
  TestServer server(kConfig);
  Call(server, TestServer::Failure("", v1::OUTCOME_SERVER_ERROR));
  const v1::Overview overview = Overview(server);
  ASSERT_EQ(overview.lanes_size(), 1);
  EXPECT_EQ(overview.lanes(0).pending_reason(), v1::PENDING_REASON_BACKOFF);
  EXPECT_FALSE(overview.lanes(0).has_oldest_create_time());
  server.clock().Advance(absl::Minutes(1));
  const v1::LaneStatus ready = Overview(server).lanes(0);
  EXPECT_EQ(ready.pending_reason(), v1::PENDING_REASON_UNSPECIFIED) << "nothing holds it any more";
  EXPECT_TRUE(ready.has_oldest_create_time());
}

TEST(Overview, AClassSaysItsLimitsItsUseAndItsWindow) {
  TestServer server(kConfig);
  server.MustCreateMany(3);
  ASSERT_EQ(server.Lease(LeaseOf("w1", 2))->jobs_size(), 2);
  const v1::Overview overview = Overview(server);
  ASSERT_EQ(overview.classes_size(), 2);
  const v1::ClassStatus& night = overview.classes(0);
  EXPECT_EQ(night.name(), "night") << "the one of the higher priority first";
  EXPECT_TRUE(night.held());
  EXPECT_EQ(FromTimestamp(night.next_window_change_time()),
            server.clock().WallNow() + absl::Hours(10));
  EXPECT_FALSE(night.has_requests());
  const v1::ClassStatus& standard = overview.classes(1);
  EXPECT_EQ(standard.limits().concurrency(), 20);
  EXPECT_EQ(standard.limits().requests().count(), 100);
  EXPECT_EQ(standard.requests().used(), 2);
  EXPECT_EQ(standard.requests().limit(), 100);
  EXPECT_EQ(standard.requests().window().seconds(), 60);
  EXPECT_EQ(standard.in_flight(), 2);
  EXPECT_FALSE(standard.held());
  EXPECT_FALSE(standard.has_next_window_change_time());
  server.clock().Advance(absl::Hours(11));
  const v1::Overview open = Overview(server);
  EXPECT_FALSE(open.classes(0).held());
  EXPECT_EQ(FromTimestamp(open.classes(0).next_window_change_time()),
            server.clock().WallNow() + absl::Hours(7));
  EXPECT_EQ(open.classes(1).requests().used(), 0);
}

// ---- upstreams

TEST(Overview, AnUpstreamSaysWhatWasLearnedOfIt) {
  TestServer server(kConfig);
  for (int i = 0; i < 8; ++i) {
    v1::AttemptResult result = TestServer::Success("");
    result.mutable_time_to_first_content()->set_nanos((i + 1) * 100'000'000);
    Call(server, result);
  }
  Call(server, Busy(30, 5));
  const v1::UpstreamStatus up = Overview(server).upstreams(0);
  EXPECT_EQ(up.name(), "up");
  EXPECT_EQ(up.state(), v1::UPSTREAM_STATE_HEALTHY);
  EXPECT_EQ(up.recent_calls(), 9);
  EXPECT_EQ(up.recent_busy(), 1);
  EXPECT_EQ(up.recent_failures(), 0);
  ASSERT_EQ(up.learned_limits_size(), 1);
  const v1::LearnedLimit& limit = up.learned_limits(0);
  EXPECT_EQ(limit.named_cap(), 5);
  EXPECT_LE(limit.concurrency(), 5);
  EXPECT_EQ(FromTimestamp(limit.blocked_until_time()),
            server.clock().WallNow() + absl::Seconds(30));
  EXPECT_EQ(limit.time_to_first_content_p50().nanos(), 400'000'000);
  server.MustCreate();
  const v1::Overview waiting = Overview(server);
  bool busy = false;
  for (const v1::LaneStatus& lane : waiting.lanes()) {
    busy = busy || (lane.pending_reason() == v1::PENDING_REASON_UPSTREAM_BUSY &&
                    absl::StrContains(lane.pending_detail(), "room in 30s"));
  }
  EXPECT_TRUE(busy) << waiting.DebugString();
  server.clock().Advance(absl::Minutes(11));
  const v1::UpstreamStatus later = Overview(server).upstreams(0);
  EXPECT_EQ(later.recent_calls(), 0) << "of the last ten minutes";
  EXPECT_FALSE(later.learned_limits(0).has_blocked_until_time());
}

TEST(Overview, AnUpstreamSaysWhyItIsNotCalledAndUntilWhen) {
  TestServer server(kConfig);
  EXPECT_THAT(Overview(server).upstreams(0).state_detail(),
              HasSubstr("no worker is connected that holds credential \"key\""));
  for (int i = 0; i < 5; ++i) Call(server, TestServer::Failure("", v1::OUTCOME_SERVER_ERROR));
  v1::UpstreamStatus up = Overview(server).upstreams(0);
  EXPECT_EQ(up.state(), v1::UPSTREAM_STATE_EJECTED);
  EXPECT_THAT(up.state_detail(), HasSubstr("5 calls in a row failed"));
  EXPECT_EQ(up.recent_failures(), 5);
  const absl::Time until = *FromTimestamp(up.until_time());
  EXPECT_GT(until, server.clock().WallNow());
  server.clock().Advance(until - server.clock().WallNow());
  up = Overview(server).upstreams(0);
  EXPECT_EQ(up.state(), v1::UPSTREAM_STATE_PROBING);
  EXPECT_FALSE(up.has_until_time());

  const auto probe = server.Lease(LeaseOf("w1", 10));
  ASSERT_EQ(probe->jobs_size(), 1) << "one call tries it";
  ASSERT_TRUE(
      server.Finish(TestServer::Failure(probe->jobs(0).lease_token(), v1::OUTCOME_UNAUTHORIZED))
          .ok());
  up = Overview(server).upstreams(0);
  EXPECT_EQ(up.state(), v1::UPSTREAM_STATE_PARKED);
  EXPECT_THAT(up.state_detail(), HasSubstr("refuses our credential"));
  EXPECT_TRUE(up.has_until_time());
}

// ---- workers

TEST(Overview, AWorkerIsShownAsItSaid) {
  TestServer server(kConfig);
  server.MustCreate();
  const auto leased = server.Lease(LeaseOf("w1", 1));
  ASSERT_EQ(leased->jobs_size(), 1);
  v1::RenewLeasesRequest renew;
  renew.set_worker_id("w1");
  renew.add_lease_tokens(leased->jobs(0).lease_token());
  renew.set_in_flight(1);
  renew.set_capacity(32);
  ASSERT_TRUE(TestServer::Ask(server.workers(), &v1::WorkerService::Stub::RenewLeases, renew).ok());
  const auto listed = TestServer::Ask(server.admin(), &v1::AdminService::Stub::ListWorkers,
                                      v1::ListWorkersRequest());
  ASSERT_EQ(listed->workers_size(), 1);
  const v1::WorkerStatus& worker = listed->workers(0);
  EXPECT_EQ(worker.worker_id(), "w1");
  EXPECT_EQ(worker.version(), "1.2.3");
  EXPECT_EQ(worker.capacity(), 32) << "the newest word";
  EXPECT_EQ(worker.in_flight(), 1);
  EXPECT_EQ(worker.leases(), 1);
  EXPECT_THAT(worker.peer(), HasSubstr("127.0.0.1:"));
  EXPECT_THAT(worker.credentials(), ElementsAre("key"));
  EXPECT_THAT(worker.tags(), ElementsAre("region=eu"));
  EXPECT_EQ(Overview(server).workers(0).SerializeAsString(), worker.SerializeAsString());
}

// ---- all of it

// Names of the fields that have a value, of the message and all in it.
void CollectFilled(const google::protobuf::Message& message, std::set<std::string>* filled) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    filled->insert(field->full_name());
    if (field->message_type() == nullptr) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      CollectFilled(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                         : reflection.GetMessage(message, field),
                    filled);
    }
  }
}

// All that the API declares.
void CollectDeclared(const google::protobuf::Descriptor& type, std::set<std::string>* declared) {
  if (!absl::StartsWith(type.full_name(), "lull.")) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    if (!declared->insert(field.full_name()).second) continue;
    if (field.message_type() != nullptr) CollectDeclared(*field.message_type(), declared);
  }
}

// What this version has nothing to fill with: limits and prices that it refuses in its
// configuration, RPCs that it does not offer, jobs that have ended, limits by model.
const std::set<std::string> kOfLaterVersions = {"lull.v1.ClassStatus.limits_overridden",
                                                "lull.v1.ClassStatus.spent",
                                                "lull.v1.ClassStatus.tokens",
                                                "lull.v1.JobCounts.cancelled",
                                                "lull.v1.JobCounts.expired",
                                                "lull.v1.JobCounts.failed",
                                                "lull.v1.JobCounts.succeeded",
                                                "lull.v1.LearnedLimit.model",
                                                "lull.v1.Limits.hard",
                                                "lull.v1.Limits.money_per_day",
                                                "lull.v1.Limits.tokens",
                                                "lull.v1.Money.currency_code",
                                                "lull.v1.Money.micros"};

TEST(Overview, EveryDeclaredFieldIsFilledWhenThereIsSomethingToSay) {
  TestServer server(kConfig);
  std::set<std::string> filled;
  const auto look = [&] { CollectFilled(Overview(server), &filled); };
  v1::CreateJobRequest tagged = JobOf("night");
  tagged.mutable_job()->add_required_tags("region=eu");
  tagged.mutable_job()->set_run_when(v1::RUN_WHEN_QUIET_HOURS);
  server.MustCreate(tagged);
  for (int i = 0; i < 8; ++i) {
    v1::AttemptResult result = TestServer::Success("");
    result.mutable_time_to_first_content()->set_seconds(1);
    Call(server, result);
  }
  Call(server, Busy(30, 5));
  look();
  server.clock().Advance(absl::Minutes(2));
  for (int i = 0; i < 5; ++i) Call(server, TestServer::Failure("", v1::OUTCOME_SERVER_ERROR));
  look();
  server.clock().Advance(absl::Minutes(2));
  const auto leased = server.Lease(LeaseOf("w1", 1));
  ASSERT_EQ(leased->jobs_size(), 1);
  v1::RenewLeasesRequest renew;
  renew.set_worker_id("w1");
  renew.set_in_flight(1);
  ASSERT_TRUE(TestServer::Ask(server.workers(), &v1::WorkerService::Stub::RenewLeases, renew).ok());
  v1::DrainWorkerRequest drain;
  drain.set_worker_id("w1");
  ASSERT_TRUE(TestServer::Ask(server.admin(), &v1::AdminService::Stub::DrainWorker, drain).ok());
  v1::PauseClassRequest pause;
  pause.set_class_name("standard");
  pause.set_reason("moving");
  *pause.mutable_resume_time() = ToTimestamp(server.clock().WallNow() + absl::Hours(1));
  ASSERT_TRUE(TestServer::Ask(server.admin(), &v1::AdminService::Stub::PauseClass, pause).ok());
  server.server().Drain();
  look();

  std::set<std::string> declared;
  CollectDeclared(*v1::Overview::descriptor(), &declared);
  for (const std::string& field : declared) {
    EXPECT_NE(filled.count(field), kOfLaterVersions.count(field)) << field;
  }
}

}  // namespace
}  // namespace lull
