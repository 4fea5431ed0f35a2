// The ids by which the server tells workers apart.
#ifndef LULL_WORKER_CONFIG_WORKER_ID_H_
#define LULL_WORKER_CONFIG_WORKER_ID_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// Leaves room for what UniqueWorkerId appends within the 63 characters that the API allows.
inline constexpr int kMaxConfiguredWorkerIdSize = 40;

// The host's name, cut and with "-" for what ids may not have; "worker" if it has none.
std::string HostWorkerId();

// `configured` and 16 hexadecimal digits, so that a worker that was restarted is not taken for the
// one before. `random` has to be random and new with every start.
std::string UniqueWorkerId(absl::string_view configured, uint64_t random);

}  // namespace lull

#endif  // LULL_WORKER_CONFIG_WORKER_ID_H_
