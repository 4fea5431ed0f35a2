// Tells content from what an upstream sends only to keep the connection open. Pure.
#ifndef LULL_WORKER_KEEP_ALIVE_FILTER_H_
#define LULL_WORKER_KEEP_ALIVE_FILTER_H_

#include "absl/strings/string_view.h"

namespace lull {

// For the body of one answer that is not an event stream: busy providers send empty lines, and some
// gateways comment lines (": keep-alive"), for minutes before the JSON begins.
class KeepAliveFilter {
 public:
  struct Part {
    absl::string_view bytes;  // what belongs to the body: empty until the content begins
    bool content = false;     // whether it holds anything but white space
  };
  // Takes the next bytes of the body, cut anywhere. The result points into `bytes`.
  Part Feed(absl::string_view bytes);

 private:
  enum class State { kLineStart, kComment, kContent };
  State state_ = State::kLineStart;
};

}  // namespace lull

#endif  // LULL_WORKER_KEEP_ALIVE_FILTER_H_
