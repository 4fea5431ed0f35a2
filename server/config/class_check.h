// What quota classes in the configuration have to fulfil.
#ifndef LULL_SERVER_CONFIG_CLASS_CHECK_H_
#define LULL_SERVER_CONFIG_CLASS_CHECK_H_

#include <string>

#include "base/yaml/config_check.h"
#include "proto/policy.pb.h"
#include "proto/server_config.pb.h"

namespace lull {

// The classes and which of them is the default. The configuration is as it was read, without
// defaults filled in.
void CheckClasses(const v1::ServerConfig& config, ConfigCheck* check);

// Limits of a class or tenant at `path`.
void CheckLimits(const std::string& path, const v1::Limits& limits, ConfigCheck* check);

// A rate limit at `path`, if it is given; the count is at most `max_count`.
void CheckRateLimit(const std::string& path, bool given, const v1::RateLimit& limit,
                    int64_t max_count, ConfigCheck* check);

inline constexpr int64_t kMaxRequestsPerWindow = 1'000'000;
inline constexpr int64_t kMaxTokensPerWindow = 1'000'000'000;
inline constexpr int64_t kMaxConcurrency = 1'000'000;

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_CLASS_CHECK_H_
