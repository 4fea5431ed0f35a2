#include "tests/storage/sample_records.h"

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

// All but the response, which is compared by content. Does not compile when a field is missing
// here.
auto FieldsOf(const JobEnded& ended) {
  const auto& [number, state, tenant, class_name, route_group, priority, cancel_cause, create_time,
               start_time, end_time, deadline, lease, result_hash, attempt_count, dispatch_count,
               labels, event, attempts, usage, served_from, error, http_status, finish_reason,
               content_type, response_model, upstream_request_id, response] = ended;
  (void)response;
  return std::tie(number, state, tenant, class_name, route_group, priority, cancel_cause,
                  create_time, start_time, end_time, deadline, lease, result_hash, attempt_count,
                  dispatch_count, labels, event, attempts, usage, served_from, error, http_status,
                  finish_reason, content_type, response_model, upstream_request_id);
}

}  // namespace

absl::Time SampleTime() { return absl::FromUnixMicros(1795464000000001); }

Bytes MakeBytes(std::string content) {
  return std::make_shared<const std::string>(std::move(content));
}

std::string Noise(size_t size) {
  std::string noise(size, '\0');
  uint64_t state = 1;
  for (char& c : noise) {
    state = state * 6364136223846793005 + 1442695040888963407;
    c = static_cast<char>(state >> 56);
  }
  return noise;
}

JobId SampleId(JobNumber number) {
  // Not in the lowest byte, of which two bits are not used.
  const uint64_t random_low = static_cast<uint64_t>(number) << 8;
  return JobId::FromTimeAndRandom(SampleTime(), 0x0fedcba987654321, random_low);
}

JobSpec SampleSpec(JobNumber number) {
  JobSpec spec;
  spec.number = number;
  spec.id = SampleId(number);
  spec.tenant = "tenant-a";
  spec.class_name = "batch";
  spec.route_group = "chat";
  spec.required_tags = {"gpu", "zürich"};
  spec.run_when = RunWhen::kQuietHours;
  spec.priority = -7;
  spec.labels = {{"empty", ""}, {"项目", "夜间任务"}};
  spec.create_time = SampleTime();
  spec.schedule_time = SampleTime() + absl::Hours(1);
  spec.deadline = SampleTime() + absl::Hours(24);
  spec.max_attempts = 9;
  spec.method = "POST";
  spec.path = "/chat/completions";
  spec.model = "deepseek-chat";
  spec.body = MakeBytes(absl::StrCat("{\"n\":", number, "}"));
  spec.options = MakeBytes("options");
  return spec;
}

LiveState SampleLive(JobNumber number) {
  LiveState live;
  live.number = number;
  live.tenant = "tenant-a";
  live.class_name = "batch";
  live.route_group = "chat";
  live.model = "deepseek-chat";
  live.required_tags = {"gpu", "zürich"};
  live.run_when = RunWhen::kAnyTime;
  live.state = JobState::kRunning;
  live.cancel_cause = CancelCause::kDeadline;
  live.priority = 12;
  live.create_time = SampleTime();
  live.ready_since = SampleTime() + absl::Seconds(1);
  live.not_before = SampleTime() + absl::Seconds(2);
  live.backing_off = true;
  live.deadline = SampleTime() + absl::Hours(24);
  live.request_bytes = 4321;
  live.max_attempts = 9;
  live.attempt_count = 2;
  live.dispatch_count = 3;
  live.backoff_round = 4;
  live.avoid_upstreams = 0x80000001;
  live.lease = 5;
  live.worker = "worker-1";
  live.upstream = "deepseek-1";
  live.attempt_model = "deepseek-reasoner";
  live.outside_window = OutsideWindow::kDeadline;
  live.attempt_start = SampleTime() + absl::Seconds(3);
  live.total_limit = absl::Minutes(10);
  live.first_start = SampleTime() + absl::Seconds(4);
  live.labels = Labels{{"changed", "yes"}, {"项目", "白天"}};
  live.event = 77;
  live.attempts = {SampleAttempt(1), SampleAttempt(2)};
  return live;
}

Attempt SampleAttempt(int32_t number) {
  Attempt attempt;
  attempt.number = number;
  attempt.lease = number + 10;
  attempt.worker = "worker-1";
  attempt.upstream = "deepseek-1";
  attempt.start = SampleTime() + absl::Seconds(number);
  attempt.end = SampleTime() + absl::Seconds(number + 1);
  attempt.outcome = Outcome::kBusy;
  attempt.billed = Billed::kMaybe;
  attempt.http_status = 503;
  attempt.usage = {11, 12, 13, 14};
  attempt.error = {14, "UPSTREAM_BUSY", "服务器繁忙"};
  attempt.retry_delay = absl::Milliseconds(1500);
  attempt.model = "deepseek-reasoner";
  attempt.outside_window = OutsideWindow::kOptedIn;
  attempt.finish_reason = "length";
  attempt.upstream_request_id = "req-1";
  attempt.time_to_first_content = absl::Milliseconds(250);
  attempt.result_hash = 0xf123456789abcdef;
  return attempt;
}

JobEnded SampleEnded(JobNumber number) {
  JobEnded ended;
  ended.number = number;
  ended.state = JobState::kSucceeded;
  ended.tenant = "tenant-a";
  ended.class_name = "batch";
  ended.route_group = "chat";
  ended.priority = 12;
  ended.cancel_cause = CancelCause::kUser;
  ended.create_time = SampleTime() + absl::Seconds(3);
  ended.start_time = SampleTime() + absl::Seconds(4);
  ended.end_time = SampleTime() + absl::Seconds(9);
  ended.deadline = SampleTime() + absl::Hours(24);
  ended.lease = 5;
  ended.result_hash = 0xfedcba9876543210;
  ended.attempt_count = 2;
  ended.dispatch_count = 3;
  ended.labels = Labels{{"changed", "twice"}};
  ended.event = 78;
  ended.attempts = {SampleAttempt(1), SampleAttempt(2)};
  ended.usage = {21, 22, 23, 24};
  ended.served_from = ServedFrom::kFallback;
  ended.error = {4, "LATE", "too late"};
  ended.http_status = 200;
  ended.finish_reason = "stop";
  ended.content_type = "application/json";
  ended.response_model = "deepseek-chat-2026";
  ended.upstream_request_id = "req-2";
  ended.response = MakeBytes("{\"answer\":42}");
  return ended;
}

Event SampleEvent(JobNumber job) {
  Event event;
  event.job = job;
  event.kind = EventKind::kAttemptFailed;
  event.state = JobState::kPending;
  event.lease = 5;
  event.outcome = Outcome::kBusy;
  event.time = SampleTime() + absl::Seconds(job);
  event.upstream = "deepseek-1";
  event.tenant = "tenant-a";
  event.class_name = "batch";
  event.attempt_number = 3;
  event.worker = "worker-1";
  event.retry_delay = absl::Milliseconds(1500);
  event.error = {14, "UPSTREAM_BUSY", "服务器繁忙"};
  event.cancel_cause = CancelCause::kParent;
  event.served_from = ServedFrom::kTemplate;
  event.outside_window = OutsideWindow::kOptedIn;
  return event;
}

UsageAdded SampleUsage(int32_t day) {
  UsageAdded usage;
  usage.day = day;
  usage.tenant = "tenant-a";
  usage.class_name = "batch";
  usage.upstream = "deepseek-1";
  usage.model = "deepseek-chat";
  usage.calls = 31;
  usage.maybe_billed_calls = 2;
  usage.usage = {33, 34, 35, 36};
  return usage;
}

JobCreated CreateRecord(JobNumber number) { return CreateRecord(SampleSpec(number)); }

JobCreated CreateRecord(JobSpec spec) {
  LiveState live = SampleLive(spec.number);
  live.state = JobState::kPending;
  return {std::make_shared<const JobSpec>(std::move(spec)), std::move(live)};
}

void ExpectEqual(const Bytes& actual, const Bytes& expected) {
  ASSERT_EQ(actual == nullptr, expected == nullptr) << "none, which is not the same as empty";
  if (expected != nullptr) {
    EXPECT_EQ(*actual, *expected);
  }
}

void ExpectEqual(const JobSpec& actual, const JobSpec& expected) {
  EXPECT_EQ(actual.number, expected.number);
  EXPECT_EQ(actual.id, expected.id);
  EXPECT_EQ(actual.tenant, expected.tenant);
  EXPECT_EQ(actual.class_name, expected.class_name);
  EXPECT_EQ(actual.route_group, expected.route_group);
  EXPECT_EQ(actual.required_tags, expected.required_tags);
  EXPECT_EQ(actual.run_when, expected.run_when);
  EXPECT_EQ(actual.priority, expected.priority);
  EXPECT_EQ(actual.labels, expected.labels);
  EXPECT_EQ(actual.create_time, expected.create_time);
  EXPECT_EQ(actual.schedule_time, expected.schedule_time);
  EXPECT_EQ(actual.deadline, expected.deadline);
  EXPECT_EQ(actual.max_attempts, expected.max_attempts);
  EXPECT_EQ(actual.method, expected.method);
  EXPECT_EQ(actual.path, expected.path);
  EXPECT_EQ(actual.model, expected.model);
  ExpectEqual(actual.body, expected.body);
  ExpectEqual(actual.options, expected.options);
}

void ExpectEqual(const LiveState& actual, const LiveState& expected) {
  EXPECT_EQ(actual.number, expected.number);
  EXPECT_EQ(actual.tenant, expected.tenant);
  EXPECT_EQ(actual.class_name, expected.class_name);
  EXPECT_EQ(actual.route_group, expected.route_group);
  EXPECT_EQ(actual.model, expected.model);
  EXPECT_EQ(actual.required_tags, expected.required_tags);
  EXPECT_EQ(actual.run_when, expected.run_when);
  EXPECT_EQ(actual.state, expected.state);
  EXPECT_EQ(actual.cancel_cause, expected.cancel_cause);
  EXPECT_EQ(actual.priority, expected.priority);
  EXPECT_EQ(actual.create_time, expected.create_time);
  EXPECT_EQ(actual.ready_since, expected.ready_since);
  EXPECT_EQ(actual.not_before, expected.not_before);
  EXPECT_EQ(actual.backing_off, expected.backing_off);
  EXPECT_EQ(actual.deadline, expected.deadline);
  EXPECT_EQ(actual.request_bytes, expected.request_bytes);
  EXPECT_EQ(actual.max_attempts, expected.max_attempts);
  EXPECT_EQ(actual.attempt_count, expected.attempt_count);
  EXPECT_EQ(actual.dispatch_count, expected.dispatch_count);
  EXPECT_EQ(actual.backoff_round, expected.backoff_round);
  EXPECT_EQ(actual.avoid_upstreams, expected.avoid_upstreams);
  EXPECT_EQ(actual.lease, expected.lease);
  EXPECT_EQ(actual.worker, expected.worker);
  EXPECT_EQ(actual.upstream, expected.upstream);
  EXPECT_EQ(actual.attempt_start, expected.attempt_start);
  EXPECT_EQ(actual.total_limit, expected.total_limit);
  EXPECT_EQ(actual.first_start, expected.first_start);
  EXPECT_EQ(actual.labels, expected.labels);
  EXPECT_EQ(actual.event, expected.event);
  EXPECT_TRUE(actual.attempts == expected.attempts);
  EXPECT_TRUE(actual == expected) << "a field that is not compared above";
}

void ExpectEqual(const JobEnded& actual, const JobEnded& expected) {
  EXPECT_EQ(actual.number, expected.number);
  EXPECT_EQ(actual.state, expected.state);
  EXPECT_EQ(actual.tenant, expected.tenant);
  EXPECT_EQ(actual.class_name, expected.class_name);
  EXPECT_EQ(actual.priority, expected.priority);
  EXPECT_EQ(actual.route_group, expected.route_group);
  EXPECT_EQ(actual.cancel_cause, expected.cancel_cause);
  EXPECT_EQ(actual.create_time, expected.create_time);
  EXPECT_EQ(actual.start_time, expected.start_time);
  EXPECT_EQ(actual.end_time, expected.end_time);
  EXPECT_EQ(actual.deadline, expected.deadline);
  EXPECT_EQ(actual.lease, expected.lease);
  EXPECT_EQ(actual.result_hash, expected.result_hash);
  EXPECT_EQ(actual.attempt_count, expected.attempt_count);
  EXPECT_EQ(actual.dispatch_count, expected.dispatch_count);
  EXPECT_EQ(actual.labels, expected.labels);
  EXPECT_EQ(actual.event, expected.event);
  EXPECT_TRUE(actual.attempts == expected.attempts);
  EXPECT_TRUE(actual.usage == expected.usage);
  EXPECT_EQ(actual.served_from, expected.served_from);
  EXPECT_EQ(actual.error.code, expected.error.code);
  EXPECT_EQ(actual.error.reason, expected.error.reason);
  EXPECT_EQ(actual.error.message, expected.error.message);
  EXPECT_EQ(actual.http_status, expected.http_status);
  EXPECT_EQ(actual.finish_reason, expected.finish_reason);
  EXPECT_EQ(actual.content_type, expected.content_type);
  EXPECT_EQ(actual.response_model, expected.response_model);
  EXPECT_EQ(actual.upstream_request_id, expected.upstream_request_id);
  EXPECT_TRUE(FieldsOf(actual) == FieldsOf(expected)) << "a field that is not compared above";
  ExpectEqual(actual.response, expected.response);
}

}  // namespace lull
