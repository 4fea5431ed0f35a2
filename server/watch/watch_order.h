// What somebody who watches asked for. A plain value, checked for form already.
#ifndef LULL_SERVER_WATCH_WATCH_ORDER_H_
#define LULL_SERVER_WATCH_WATCH_ORDER_H_

#include <optional>
#include <string>
#include <vector>

#include "server/engine/caller.h"
#include "storage/record.h"

namespace lull {

struct WatchOrder {
  Caller caller;
  // Either of them, by something that cannot change.
  std::vector<std::string> job_ids;  // each once
  Labels create_labels;              // all of them, sorted by key
  std::optional<EventNumber> resume_after;
  bool include_response = false;
  bool include_output = false;
  bool until_terminal = false;  // only with job_ids
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_WATCH_ORDER_H_
