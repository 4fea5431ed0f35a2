// The four time limits of a call as absolute deadlines. Pure; the times are a clock's steady ones.
#ifndef LULL_WORKER_CALL_DEADLINES_H_
#define LULL_WORKER_CALL_DEADLINES_H_

#include <algorithm>

#include "absl/time/time.h"
#include "worker/http_answer.h"
#include "worker/http_call.h"

namespace lull {

class CallDeadlines {
 public:
  CallDeadlines(const HttpTimeLimits& limits, absl::Duration start)
      : limits_(limits),
        total_(start + limits.total),
        next_{start + limits.connect, HttpEnd::kConnectTimeout} {}

  // The connection is made and the request goes out.
  void RequestSent(absl::Duration now) {
    next_ = {now + limits_.first_content, HttpEnd::kFirstContentTimeout};
  }
  // Content came, not just keep-alive bytes.
  void Content(absl::Duration now) {
    next_ = {now + limits_.between_content, HttpEnd::kBetweenContentTimeout};
  }

  // The stream has said that it is complete. What is still to come is the end of its HTTP message,
  // after which the connection can be used again: worth a moment, but not a place among the calls
  // for as long as an upstream likes that leaves it open.
  void StreamDone(absl::Duration now) {
    next_ = {now + std::min(limits_.between_content, kAfterStreamMax),
             HttpEnd::kBetweenContentTimeout};
  }

  struct Deadline {
    absl::Duration at;
    HttpEnd end;  // how the call ends at that time
  };
  // The earliest deadline as things stand.
  Deadline Next() const {
    return total_ <= next_.at ? Deadline{total_, HttpEnd::kTotalTimeout} : next_;
  }

 private:
  static constexpr absl::Duration kAfterStreamMax = absl::Milliseconds(500);

  const HttpTimeLimits limits_;
  const absl::Duration total_;
  Deadline next_;
};

}  // namespace lull

#endif  // LULL_WORKER_CALL_DEADLINES_H_
