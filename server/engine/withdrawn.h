// How a long poll is given up.
#ifndef LULL_SERVER_ENGINE_WITHDRAWN_H_
#define LULL_SERVER_ENGINE_WITHDRAWN_H_

#include <atomic>
#include <memory>

namespace lull {

// Set by whoever asked when nobody wants the answer any more; a long poll that is withdrawn is
// given nothing, and is answered at the next opportunity.
using Withdrawn = std::shared_ptr<const std::atomic<bool>>;

inline bool IsWithdrawn(const Withdrawn& withdrawn) { return withdrawn && withdrawn->load(); }

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_WITHDRAWN_H_
