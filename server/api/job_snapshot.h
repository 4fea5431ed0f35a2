// What is known of one job at one moment: how it was submitted, and where it stands.
#ifndef LULL_SERVER_API_JOB_SNAPSHOT_H_
#define LULL_SERVER_API_JOB_SNAPSHOT_H_

#include <memory>
#include <variant>

#include "server/engine/command.h"
#include "storage/record.h"

namespace lull {

struct JobSnapshot {
  std::shared_ptr<const JobSpec> spec;
  std::variant<LiveView, JobEnded> now;
};

}  // namespace lull

#endif  // LULL_SERVER_API_JOB_SNAPSHOT_H_
