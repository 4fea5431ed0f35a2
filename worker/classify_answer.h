// The one place that says what an upstream's answer means. Pure, and never fails: an answer from
// outside may be anything.
#ifndef LULL_WORKER_CLASSIFY_ANSWER_H_
#define LULL_WORKER_CLASSIFY_ANSWER_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/worker_service.pb.h"
#include "worker/http_answer.h"
#include "worker/secret.h"

namespace lull {

// The report of a call that ended as `answer`: outcome, billed, status, usage, the error with a
// redacted message, hints, and for a success the body. Everything but the lease token and the
// offsets. `path` is the job's API path, `key` the key that was sent, `now` the wall time.
v1::AttemptResult ClassifyAnswer(HttpAnswer answer, absl::string_view path, const Secret& key,
                                 absl::Time now);

// The report of an attempt that ended before a call was made: billed NO, no HTTP status. The
// message is redacted.
v1::AttemptResult NotCalled(v1::Outcome outcome, absl::string_view message, const Secret& key);

}  // namespace lull

#endif  // LULL_WORKER_CLASSIFY_ANSWER_H_
