// Jobs as the commands print them.
#ifndef LULL_TOOLS_LULL_JOB_TEXT_H_
#define LULL_TOOLS_LULL_JOB_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/job.pb.h"
#include "tools/lull/terminal.h"

namespace lull {

enum class JobFormat {
  // For people: what matters, in lines.
  kTable,
  // For programs: the API's message in protobuf's JSON form, on one line. Bodies are base64, as
  // that form has bytes.
  kJson,
  // The body of the answer, as the upstream sent it; nothing if there is none.
  kBody,
};

// Ends with a newline, unless it is empty. INTERNAL: the job cannot be written as JSON.
absl::StatusOr<std::string> JobText(const v1::Job& job, JobFormat format, const Terminal& terminal);

// The colour that a state is shown in.
Color ColorOf(v1::JobState state);

// How a job that has not ended stands, in a clause: "it is RUNNING", "it waits for NO_WORKER: …".
std::string StandingText(const v1::Job& job);

// The text of the answer, out of the body of a chat completion; empty if there is none.
std::string AnswerText(const v1::Job& job);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOB_TEXT_H_
