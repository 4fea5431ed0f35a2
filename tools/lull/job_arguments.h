// A job as it is described on the command line.
#ifndef LULL_TOOLS_LULL_JOB_ARGUMENTS_H_
#define LULL_TOOLS_LULL_JOB_ARGUMENTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/job_service.pb.h"

namespace lull {

// The options as they were typed; empty or 0: not given.
struct JobArguments {
  // A file with the request's JSON body; "-": the standard input.
  std::string file;
  std::string path;
  std::string model;
  std::string system;
  std::string prompt;
  // Each "ROLE:TEXT".
  std::vector<std::string> messages;
  std::string class_name;
  int32_t priority = 0;
  // Each "KEY=VALUE".
  std::vector<std::string> labels;
  std::string request_id;
  std::string schedule;
  std::string deadline;
  std::string ttl;
  std::string max_wait;
  bool validate_only = false;
};

// The request that they describe. `now` is what relative times count from. INVALID_ARGUMENT: an
// option is wrong, or they contradict each other; NOT_FOUND: there is no such file.
absl::StatusOr<v1::CreateJobRequest> RequestOf(const JobArguments& arguments, absl::Time now);

// "KEY=VALUE" each.
absl::StatusOr<std::map<std::string, std::string>> ParseLabels(
    const std::vector<std::string>& labels);

// "90s", "1h30m", "2d" or "1d12h"; not negative.
absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text);

// "2026-11-24T02:00:00Z", with any offset, or a span from now on such as "+2h".
absl::StatusOr<absl::Time> ParseMoment(absl::string_view text, absl::Time now);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOB_ARGUMENTS_H_
