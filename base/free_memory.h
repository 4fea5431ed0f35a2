// Memory that was freed.
#ifndef LULL_BASE_FREE_MEMORY_H_
#define LULL_BASE_FREE_MEMORY_H_

namespace lull {

// Gives the system what the allocator holds and nobody uses: after work that needed much more than
// what follows. Takes some milliseconds. Any thread.
void ReturnFreeMemory();

}  // namespace lull

#endif  // LULL_BASE_FREE_MEMORY_H_
