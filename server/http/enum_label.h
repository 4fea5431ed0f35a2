// Enums as label values: the API's names in lower case without their prefix, e.g. "rate_limited".
#ifndef LULL_SERVER_HTTP_ENUM_LABEL_H_
#define LULL_SERVER_HTTP_ENUM_LABEL_H_

#include <string>

#include "server/scheduler/pending_reason.h"
#include "storage/record.h"

namespace lull {

std::string LabelOf(Outcome outcome);
std::string LabelOf(JobState state);
// "none" for a job that nothing holds.
std::string LabelOf(PendingReason reason);

}  // namespace lull

#endif  // LULL_SERVER_HTTP_ENUM_LABEL_H_
