// For work in the background that must not slow down the rest.
#ifndef LULL_BASE_LOW_PRIORITY_H_
#define LULL_BASE_LOW_PRIORITY_H_

namespace lull {

// From now on the calling thread gets the processor, and the disk where its scheduler knows
// priorities, when others leave them. Where the system does not allow that, nothing changes.
void LowerThreadPriority();

}  // namespace lull

#endif  // LULL_BASE_LOW_PRIORITY_H_
