// The engine's entry for a job that has not ended: what must be at hand for every one of perhaps
// millions of jobs, so every byte counts. What only some jobs have stands behind pointers. Bodies
// and the labels that it was created with stay in the store.
#ifndef LULL_SERVER_ENGINE_LIVE_JOB_H_
#define LULL_SERVER_ENGINE_LIVE_JOB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/engine/job_kind.h"
#include "server/scheduler/call_end.h"
#include "storage/record.h"

namespace lull {

// The attempt that is under way.
struct RunningAttempt {
  std::string worker;
  std::string upstream;
  std::string model;  // sent instead of the job's own
  OutsideWindow outside_window = OutsideWindow::kNo;
  RunningCall call;
  absl::Time start;
  absl::Duration total_limit;
  absl::Duration lease_until;  // steady
  absl::Duration granted;      // steady
  int omitted = 0;             // renewals by its worker in a row that did not mention it
  bool mentioned = false;      // its worker has once named it: it knows of the lease
};

// What only jobs have that were started or changed at least once.
struct JobPast {
  absl::Time first_start = absl::InfinitePast();
  std::vector<Attempt> attempts;   // finished ones: the first and last ten
  std::unique_ptr<Labels> labels;  // null: as created
};

struct LiveJob {
  JobNumber number = 0;
  int64_t create_us = 0;
  int64_t ready_us = 0;
  int64_t not_before_us = 0;  // 0: none
  int64_t deadline_us = 0;
  EventNumber event = 0;                    // its newest
  std::unique_ptr<RunningAttempt> running;  // in kRunning and kCancelling
  std::unique_ptr<JobPast> past;
  JobKindTable::Index kind = 0;
  uint32_t request_bytes = 0;
  uint32_t lease = 0;
  uint32_t avoid = 0;
  uint16_t attempts = 0;
  uint16_t max_attempts = 0;
  uint16_t dispatches = 0;
  uint8_t backoff_round = 0;
  int8_t priority = 0;
  JobState state = JobState::kPending;
  CancelCause cancel_cause = CancelCause::kNone;
  bool backing_off = false;
  bool urgent = false;   // its latest start has come
  bool touched = false;  // changed since the last group
  bool fresh = false;    // created since the last group
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_LIVE_JOB_H_
