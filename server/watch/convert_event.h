// Events as the API shows them.
#ifndef LULL_SERVER_WATCH_CONVERT_EVENT_H_
#define LULL_SERVER_WATCH_CONVERT_EVENT_H_

#include "proto/event.pb.h"
#include "server/watch/job_identities.h"
#include "storage/record.h"

namespace lull {

v1::JobEventType ToProto(EventKind kind);

// All but the answer, which stands with the job and not in the log. `who` is the event's job.
void ToProto(EventNumber number, const Event& event, const JobIdentity& who, v1::JobEvent* proto);

}  // namespace lull

#endif  // LULL_SERVER_WATCH_CONVERT_EVENT_H_
