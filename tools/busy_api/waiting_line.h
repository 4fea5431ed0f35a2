// The calls that were accepted with 200 and wait for a slot, first come first served. Each gets an
// empty line or a comment now and then; that is all its client hears. Used by the server's thread
// alone.
#ifndef LULL_TOOLS_BUSY_API_WAITING_LINE_H_
#define LULL_TOOLS_BUSY_API_WAITING_LINE_H_

#include <cstddef>
#include <deque>
#include <functional>

#include "absl/time/time.h"
#include "base/http/http_message.h"
#include "tools/busy_api/visit.h"

namespace lull {

class WaitingLine {
 public:
  enum class Left { kClientGone, kTooLong };

  // `serve` takes a slot for the visit and serves it, or returns false when none is free. `leave`
  // hears of visits that end without being served.
  WaitingLine(std::function<bool(VisitPtr)> serve, std::function<void(VisitPtr, Left)> leave);
  ~WaitingLine();

  WaitingLine(const WaitingLine&) = delete;
  WaitingLine& operator=(const WaitingLine&) = delete;

  // Sends the head and the first keep-alive in time.
  void Join(VisitPtr visit, HttpHeaders headers, absl::Duration keep_alive, absl::Duration longest);
  // Serves from the front as long as there are slots. To be called when one has become free.
  void Advance();

  size_t size() const { return line_.size(); }

 private:
  void KeepAlive(const VisitPtr& visit, absl::Duration period, absl::Duration left);
  void Leave(const VisitPtr& visit, Left why);

  const std::function<bool(VisitPtr)> serve_;
  const std::function<void(VisitPtr, Left)> leave_;
  std::deque<VisitPtr> line_;
  bool advancing_ = false;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_WAITING_LINE_H_
