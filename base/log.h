// The process's log: one JSON object a line on stderr.
//
//   LogInfo("engine", "loaded live jobs", {{"jobs", jobs}, {"took", took}});
//   {"time":"2026-11-23T20:14:05.123456Z","level":"info","component":"engine","msg":"loaded live
//   jobs","jobs":12,…}
//
// Called from any thread; a line is written whole and at once. Never fails: what is not UTF-8 is
// replaced by U+FFFD, control characters are escaped. Never log keys, prompts or answers.
#ifndef LULL_BASE_LOG_H_
#define LULL_BASE_LOG_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One key and its value. Keys are snake_case, with the unit last, and none of time, level,
// component, msg. A duration is written in seconds, a time in RFC 3339 with microseconds in UTC, a
// status as its text.
class LogField {
 public:
  LogField(absl::string_view key, bool value) : key_(key), value_(value) {}
  template <std::integral T>
  LogField(absl::string_view key, T value) : key_(key) {
    if constexpr (std::signed_integral<T>) {
      value_ = static_cast<int64_t>(value);
    } else {
      value_ = static_cast<uint64_t>(value);
    }
  }
  LogField(absl::string_view key, double value) : key_(key), value_(value) {}
  LogField(absl::string_view key, absl::string_view value)
      : key_(key), value_(std::string(value)) {}
  LogField(absl::string_view key, const std::string& value) : key_(key), value_(value) {}
  LogField(absl::string_view key, const char* value) : key_(key), value_(std::string(value)) {}
  LogField(absl::string_view key, absl::Duration value);
  LogField(absl::string_view key, absl::Time value);
  LogField(absl::string_view key, const absl::Status& value);

  using Value = std::variant<bool, int64_t, uint64_t, double, std::string>;
  absl::string_view key() const { return key_; }
  const Value& value() const { return value_; }

 private:
  absl::string_view key_;
  Value value_;
};

using LogFields = std::initializer_list<LogField>;

// Lines below this level are dropped. At first kInfo.
void SetLogLevel(LogLevel level);

// "debug", "info", "warning" or "error"; INVALID_ARGUMENT for anything else.
absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view name);

void Log(LogLevel level, absl::string_view component, absl::string_view message,
         LogFields fields = {});

inline void LogDebug(absl::string_view component, absl::string_view message,
                     LogFields fields = {}) {
  Log(LogLevel::kDebug, component, message, fields);
}
inline void LogInfo(absl::string_view component, absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kInfo, component, message, fields);
}
inline void LogWarning(absl::string_view component, absl::string_view message,
                       LogFields fields = {}) {
  Log(LogLevel::kWarning, component, message, fields);
}
inline void LogError(absl::string_view component, absl::string_view message,
                     LogFields fields = {}) {
  Log(LogLevel::kError, component, message, fields);
}

}  // namespace lull

#endif  // LULL_BASE_LOG_H_
