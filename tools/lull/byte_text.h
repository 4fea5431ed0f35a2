// Sizes as people read them.
#ifndef LULL_TOOLS_LULL_BYTE_TEXT_H_
#define LULL_TOOLS_LULL_BYTE_TEXT_H_

#include <cstdint>
#include <string>

namespace lull {

// "512 B", "1.5 KiB", "3.0 GiB".
std::string ByteText(int64_t bytes);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BYTE_TEXT_H_
