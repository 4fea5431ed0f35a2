#include "server/watch/convert_event.h"

#include "server/api/convert_enum.h"
#include "server/api/convert_job.h"
#include "server/api/proto_time.h"

namespace lull {

v1::JobEventType ToProto(EventKind kind) {
  switch (kind) {
    case EventKind::kCreated:
      return v1::JOB_EVENT_TYPE_CREATED;
    case EventKind::kStarted:
      return v1::JOB_EVENT_TYPE_STARTED;
    case EventKind::kAttemptFailed:
    case EventKind::kReleased:
    case EventKind::kLeaseExpired:
      return v1::JOB_EVENT_TYPE_RETURNED;
    case EventKind::kCancelRequested:
      return v1::JOB_EVENT_TYPE_CANCELLING;
    case EventKind::kUpdated:
      return v1::JOB_EVENT_TYPE_UPDATED;
    case EventKind::kEnded:
      return v1::JOB_EVENT_TYPE_ENDED;
  }
  return v1::JOB_EVENT_TYPE_UNSPECIFIED;
}

void ToProto(EventNumber number, const Event& event, const JobIdentity& who, v1::JobEvent* proto) {
  proto->set_seq(number);
  if (event.time > absl::InfinitePast()) *proto->mutable_time() = ToTimestamp(event.time);
  proto->set_job_id(who.id_text);
  proto->set_type(ToProto(event.kind));
  proto->set_state(ToProto(event.state));
  proto->set_tenant(who.tenant);
  proto->set_class_name(event.class_name);
  for (const auto& [key, value] : who.labels) (*proto->mutable_create_labels())[key] = value;
  proto->set_attempt_number(event.attempt_number);
  proto->set_worker_id(event.worker);
  if (event.kind == EventKind::kStarted) proto->set_upstream(event.upstream);
  proto->set_outcome(ToProto(event.outcome));
  if (event.retry_delay > absl::ZeroDuration()) {
    *proto->mutable_retry_delay() = ToProtoDuration(event.retry_delay);
  }
  if (event.error.code != 0) *proto->mutable_error() = ToProto(event.error);
  proto->set_cancel_cause(ToProto(event.cancel_cause));
  proto->set_served_from(ToProto(event.served_from));
  proto->set_outside_window(ToProto(event.outside_window));
}

}  // namespace lull
