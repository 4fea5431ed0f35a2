// Why jobs wait, for people.
#ifndef LULL_TOOLS_LULL_JOBS_PENDING_TEXT_H_
#define LULL_TOOLS_LULL_JOBS_PENDING_TEXT_H_

#include "absl/strings/string_view.h"
#include "proto/job.pb.h"

namespace lull {

// A few words: "quiet hours".
absl::string_view ShortTextOf(v1::PendingReason reason);

// A sentence: "It is held until quiet hours begin."
absl::string_view SentenceOf(v1::PendingReason reason);

// What a person can do about it: a sentence or two, with commands.
absl::string_view AdviceOn(v1::PendingReason reason);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_PENDING_TEXT_H_
