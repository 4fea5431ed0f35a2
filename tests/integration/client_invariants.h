// The part of a run's invariants that the clients are the witnesses of: what they were told holds.
#ifndef LULL_TESTS_INTEGRATION_CLIENT_INVARIANTS_H_
#define LULL_TESTS_INTEGRATION_CLIENT_INVARIANTS_H_

#include "tests/integration/invariants.h"
#include "tests/integration/run_index.h"

namespace lull {

// I1, I2 and I16.
void CheckClients(const RunRecord& run, const RunIndex& index, Findings* findings);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_CLIENT_INVARIANTS_H_
