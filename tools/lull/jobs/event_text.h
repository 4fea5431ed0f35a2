// What a watch shows, one line each.
#ifndef LULL_TOOLS_LULL_JOBS_EVENT_TEXT_H_
#define LULL_TOOLS_LULL_JOBS_EVENT_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "proto/event.pb.h"
#include "proto/job.pb.h"
#include "proto/job_service.pb.h"
#include "tools/lull/terminal.h"

namespace lull {

// Each ends with a newline.
std::string EventLine(const v1::JobEvent& event, const Terminal& terminal);
// A job as it is when the watch begins.
std::string SnapshotLine(const v1::Job& job, absl::Time now, const Terminal& terminal);
std::string OutputLine(const v1::WatchOutput& output, absl::Time now, const Terminal& terminal);

// The text in server-sent events of a streamed chat completion; empty if there is none.
std::string StreamedText(absl::string_view events);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_EVENT_TEXT_H_
