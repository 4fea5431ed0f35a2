// The logs of the children of `lull up`.
#ifndef LULL_TOOLS_LULL_UP_LOG_TAIL_H_
#define LULL_TOOLS_LULL_UP_LOG_TAIL_H_

#include <cstdint>
#include <string>

namespace lull {

// 0 if there is no such file.
int64_t FileSize(const std::string& path);

// What a child wrote last, from `offset` on, at most ten lines, for a person: a JSON line as its
// level, message and fields. Empty if it wrote nothing.
std::string LogTail(const std::string& path, int64_t offset);

// Moves what a log holds to PATH.1, in place of what was there, when it is larger than `bytes_max`.
// Processes that append to it go on. A line that is written in the same moment may be lost.
void RotateLog(const std::string& path, int64_t bytes_max);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UP_LOG_TAIL_H_
