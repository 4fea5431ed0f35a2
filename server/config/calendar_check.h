// What calendars in the configuration (quiet hours, tariffs) have to fulfil.
#ifndef LULL_SERVER_CONFIG_CALENDAR_CHECK_H_
#define LULL_SERVER_CONFIG_CALENDAR_CHECK_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "base/yaml/config_check.h"
#include "proto/server_config.pb.h"

namespace lull {

void CheckWindows(const std::string& path,
                  const google::protobuf::RepeatedPtrField<v1::DayWindow>& windows,
                  ConfigCheck* check);

void CheckDays(const std::string& path, const google::protobuf::RepeatedPtrField<std::string>& days,
               ConfigCheck* check);

void CheckTimeZone(const std::string& path, const std::string& name, ConfigCheck* check);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_CALENDAR_CHECK_H_
