// The version of this tree, for --version, build metrics and the API. The only place that states
// it.
#ifndef LULL_BASE_BUILD_INFO_H_
#define LULL_BASE_BUILD_INFO_H_

namespace lull {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace lull

#endif  // LULL_BASE_BUILD_INFO_H_
