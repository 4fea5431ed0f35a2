// WatchJobsResponse messages in their wire form, put together from parts that are encoded already,
// so that an event is encoded once and not for each of its watchers.
#ifndef LULL_SERVER_WATCH_WATCH_MESSAGE_H_
#define LULL_SERVER_WATCH_WATCH_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/event.pb.h"
#include "proto/job.pb.h"
#include "proto/job_service.pb.h"
#include "storage/record.h"

namespace lull {

// One more element for WatchEventsMessage or WatchSnapshotMessage, with tag and length.
void AppendEventField(const v1::JobEvent& event, std::string* fields);
void AppendJobField(const v1::Job& job, std::string* fields);

// The event of a field that AppendEventField made.
v1::JobEvent ParseEventField(absl::string_view field);

std::string WatchEventsMessage(absl::string_view event_fields);
std::string WatchSnapshotMessage(absl::string_view job_fields);
std::string WatchSyncedMessage(EventNumber seq);
std::string WatchOutputMessage(absl::string_view job_id, int32_t attempt_number, int64_t offset,
                               absl::string_view data);

}  // namespace lull

#endif  // LULL_SERVER_WATCH_WATCH_MESSAGE_H_
