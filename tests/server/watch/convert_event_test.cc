#include "server/watch/convert_event.h"

#include <gtest/gtest.h>

#include "server/api/proto_time.h"
#include "server/watch/watch_message.h"

namespace lull {
namespace {

const JobIdentity kWho = {
    "0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9e", "tenant", {{"a", "1"}, {"b", "2"}}};

TEST(ConvertEvent, EveryKindHasItsType) {
  EXPECT_EQ(ToProto(EventKind::kCreated), v1::JOB_EVENT_TYPE_CREATED);
  EXPECT_EQ(ToProto(EventKind::kStarted), v1::JOB_EVENT_TYPE_STARTED);
  EXPECT_EQ(ToProto(EventKind::kAttemptFailed), v1::JOB_EVENT_TYPE_RETURNED);
  EXPECT_EQ(ToProto(EventKind::kReleased), v1::JOB_EVENT_TYPE_RETURNED);
  EXPECT_EQ(ToProto(EventKind::kLeaseExpired), v1::JOB_EVENT_TYPE_RETURNED);
  EXPECT_EQ(ToProto(EventKind::kCancelRequested), v1::JOB_EVENT_TYPE_CANCELLING);
  EXPECT_EQ(ToProto(EventKind::kUpdated), v1::JOB_EVENT_TYPE_UPDATED);
  EXPECT_EQ(ToProto(EventKind::kEnded), v1::JOB_EVENT_TYPE_ENDED);
}

TEST(ConvertEvent, EveryFieldIsThere) {
  Event event;
  event.job = 7;
  event.kind = EventKind::kAttemptFailed;
  event.state = JobState::kPending;
  event.outcome = Outcome::kBusy;
  event.time = absl::FromUnixSeconds(1'000);
  event.upstream = "up";
  event.class_name = "batch";
  event.attempt_number = 3;
  event.retry_delay = absl::Milliseconds(1500);
  event.error = {14, "UPSTREAM_BUSY", "it is busy"};
  event.cancel_cause = CancelCause::kUser;
  event.served_from = ServedFrom::kUpstream;
  event.outside_window = OutsideWindow::kDeadline;
  event.worker = "w1";
  v1::JobEvent proto;
  ToProto(42, event, kWho, &proto);
  EXPECT_EQ(proto.seq(), 42);
  EXPECT_EQ(FromTimestamp(proto.time()), event.time);
  EXPECT_EQ(proto.job_id(), kWho.id_text);
  EXPECT_EQ(proto.type(), v1::JOB_EVENT_TYPE_RETURNED);
  EXPECT_EQ(proto.state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(proto.tenant(), "tenant");
  EXPECT_EQ(proto.class_name(), "batch");
  EXPECT_EQ(proto.create_labels().size(), 2u);
  EXPECT_EQ(proto.create_labels().at("b"), "2");
  EXPECT_EQ(proto.attempt_number(), 3);
  EXPECT_EQ(proto.worker_id(), "w1");
  EXPECT_EQ(proto.upstream(), "") << "only STARTED says which one was chosen";
  EXPECT_EQ(proto.outcome(), v1::OUTCOME_BUSY);
  EXPECT_EQ(FromProtoDuration(proto.retry_delay()), event.retry_delay);
  EXPECT_EQ(proto.error().code(), 14);
  EXPECT_EQ(proto.error().message(), "it is busy");
  EXPECT_EQ(proto.cancel_cause(), v1::CANCEL_CAUSE_USER);
  EXPECT_EQ(proto.served_from(), v1::SERVED_FROM_UPSTREAM);
  EXPECT_EQ(proto.outside_window(), v1::OUTSIDE_WINDOW_DEADLINE);
}

TEST(WatchMessage, IsWhatProtobufWouldHaveWritten) {
  v1::WatchJobsResponse expected;
  std::string fields;
  for (int i = 0; i < 3; ++i) {
    v1::JobEvent& event = *expected.mutable_events()->add_events();
    event.set_seq(1000 * i);
    event.set_job_id(std::string(static_cast<size_t>(i) * 100, 'x'));
    AppendEventField(event, &fields);
  }
  EXPECT_EQ(WatchEventsMessage(fields), expected.SerializeAsString());

  expected.Clear();
  fields.clear();
  v1::Job& job = *expected.mutable_snapshot()->add_jobs();
  job.set_id("id");
  AppendJobField(job, &fields);
  EXPECT_EQ(WatchSnapshotMessage(fields), expected.SerializeAsString());

  v1::JobEvent event;
  event.set_seq(300);
  fields.clear();
  AppendEventField(event, &fields);
  EXPECT_EQ(ParseEventField(fields).seq(), 300);
}

}  // namespace
}  // namespace lull
