// The kinds of load, one function each. Each runs until the control says that it is over or a call
// shows that the server cannot be reached, waits for what is under way, and gives what it came to.
// Errors of single calls are counted in the report.
#ifndef LULL_TOOLS_LOADGEN_LOAD_H_
#define LULL_TOOLS_LOADGEN_LOAD_H_

#include "tools/loadgen/load_options.h"
#include "tools/loadgen/load_report.h"
#include "tools/loadgen/run_control.h"

namespace lull {

// CreateJob, `in_flight` calls at a time (create_load.cc).
LoadReport RunCreate(const LoadOptions& options, RunControl& control);

// BatchCreateJobs, `per_message` jobs in each (create_load.cc).
LoadReport RunBatch(const LoadOptions& options, RunControl& control);

// SubmitJobs, `connections` streams (submit_load.cc).
LoadReport RunSubmit(const LoadOptions& options, RunControl& control);

// Leases jobs and reports success at once, on `connections` connections (worker_load.cc).
LoadReport RunWorker(const LoadOptions& options, RunControl& control);

// Submits on streams while worker processes do the jobs; counts the jobs that have ended
// (life_load.cc).
LoadReport RunLife(const LoadOptions& options, RunControl& control);

// CreateJob at `rate`, with workers in this process: from a job's intended submission until a
// worker has it (latency_load.cc).
LoadReport RunLatency(const LoadOptions& options, RunControl& control);

// `watchers` streams that follow all jobs of the run while they are created on another; counts the
// events that arrive (watch_load.cc).
LoadReport RunWatch(const LoadOptions& options, RunControl& control);

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_LOAD_H_
