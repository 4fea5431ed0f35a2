// A line of an answer or error file in OpenAI's batch format:
//   {"id":"batch_req_…","custom_id":"r1","response":{"status_code":200,"request_id":"…",
//    "body":{…}},"error":null}
#ifndef LULL_TOOLS_LULL_BATCH_ANSWER_LINE_H_
#define LULL_TOOLS_LULL_BATCH_ANSWER_LINE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

namespace v1 {
class Job;
}  // namespace v1

struct AnswerLine {
  // One line with its "\n".
  std::string text;
  // Whether it belongs into the error file.
  bool is_error = false;
};

// The line for a job that has ended, in the FULL view. A SUCCEEDED job's answer goes into the
// answer file, everything else into the error file: a refusal by the upstream's HTTP status with
// `response` set, any other end with `error` set.
AnswerLine AnswerLineOf(const v1::Job& job, absl::string_view custom_id);

// The line for an entry that the server did not accept as a job, for the reason `refusal`.
AnswerLine RefusedLineOf(const absl::Status& refusal, absl::string_view custom_id);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_ANSWER_LINE_H_
