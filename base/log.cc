#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"

namespace lull {
namespace {

constexpr std::pair<LogLevel, const char*> kLevelNames[] = {
    {LogLevel::kDebug, "debug"},
    {LogLevel::kInfo, "info"},
    {LogLevel::kWarning, "warning"},
    {LogLevel::kError, "error"},
};

const char* LevelName(LogLevel level) { return kLevelNames[static_cast<int>(level)].second; }

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Never destroyed: threads may log while the process exits.
spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("lull", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

std::string FormatWall(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

// The JSON writer leaves DEL and the C1 controls (U+0080 to U+009F) as they are, and some terminals
// obey those.
std::string EscapeTerminalControls(const std::string& json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = static_cast<unsigned char>(i + 1 < json.size() ? json[i + 1] : 0);
    if (byte == 0x7f) {
      absl::StrAppend(&escaped, "\\u007f");
    } else if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
      absl::StrAppendFormat(&escaped, "\\u%04x", next);
      ++i;
    } else {
      escaped.push_back(json[i]);
    }
  }
  return escaped;
}

std::string FormatLine(LogLevel level, absl::string_view component, absl::string_view message,
                       LogFields fields) {
  nlohmann::ordered_json line;
  line["time"] = FormatWall(SystemClock().WallNow());
  line["level"] = LevelName(level);
  line["component"] = std::string(component);
  line["msg"] = std::string(message);
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key())] = value; }, field.value());
  }
  constexpr int kOneLine = -1;
  return EscapeTerminalControls(line.dump(kOneLine, ' ', /*ensure_ascii=*/false,
                                          nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

LogField::LogField(absl::string_view key, absl::Duration value)
    : key_(key), value_(absl::ToDoubleSeconds(value)) {}

LogField::LogField(absl::string_view key, absl::Time value)
    : key_(key), value_(FormatWall(value)) {}

LogField::LogField(absl::string_view key, const absl::Status& value)
    : key_(key), value_(value.ToString()) {}

void SetLogLevel(LogLevel level) { Logger().set_level(SpdlogLevel(level)); }

absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view name) {
  for (const auto& [level, level_name] : kLevelNames) {
    if (name == level_name) return level;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "log level is \"", name, "\"; allowed are \"debug\", \"info\", \"warning\" and \"error\""));
}

void Log(LogLevel level, absl::string_view component, absl::string_view message, LogFields fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(SpdlogLevel(level))) return;
  const std::string line = FormatLine(level, component, message, fields);
  logger.log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace lull
