// What came of a batch run, in words and for programs.
#ifndef LULL_TOOLS_LULL_BATCH_SUMMARY_TEXT_H_
#define LULL_TOOLS_LULL_BATCH_SUMMARY_TEXT_H_

#include <string>

#include "tools/lull/batch/run_ledger.h"
#include "tools/lull/batch/run_numbers.h"
#include "tools/lull/terminal.h"

namespace lull {

// A few lines for a person.
std::string SummaryText(const RunSummary& summary, const RunPaths& paths, const Terminal& terminal);

// One JSON object on one line: total, answered, failed (by state), attempts, refusals,
// refusals_absorbed, time_p50_seconds, time_p95_seconds, elapsed_seconds, output, errors (null if
// there were none).
std::string SummaryJson(const RunSummary& summary, const RunPaths& paths);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_SUMMARY_TEXT_H_
