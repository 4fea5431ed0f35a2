// How many calls the files that the process may have open suffice for.
#ifndef LULL_WORKER_OPEN_FILES_H_
#define LULL_WORKER_OPEN_FILES_H_

#include <cstdint>

namespace lull {

// Raises the limit to what the system allows this process (the hard limit), and returns it.
int64_t RaiseOpenFilesLimit();

// The most calls at the same time under such a limit, 0 if it does not suffice for one.
int64_t CallsWithin(int64_t open_files);

}  // namespace lull

#endif  // LULL_WORKER_OPEN_FILES_H_
