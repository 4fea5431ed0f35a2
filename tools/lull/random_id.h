// Ids that nobody else makes.
#ifndef LULL_TOOLS_LULL_RANDOM_ID_H_
#define LULL_TOOLS_LULL_RANDOM_ID_H_

#include <string>

namespace lull {

// 32 hexadecimal digits out of the system's randomness.
std::string RandomId();

}  // namespace lull

#endif  // LULL_TOOLS_LULL_RANDOM_ID_H_
