#include "tools/busy_api/waiting_line.h"

#include <algorithm>
#include <utility>

#include "tools/busy_api/answer_composer.h"

namespace lull {

WaitingLine::WaitingLine(std::function<bool(VisitPtr)> serve,
                         std::function<void(VisitPtr, Left)> leave)
    : serve_(std::move(serve)), leave_(std::move(leave)) {}

WaitingLine::~WaitingLine() = default;

void WaitingLine::Join(VisitPtr visit, HttpHeaders headers, absl::Duration keep_alive,
                       absl::Duration longest) {
  visit->waited = true;
  line_.push_back(visit);
  visit->responder.Start(200, std::move(headers));
  visit->responder.OnDisconnect([this, weak = std::weak_ptr<Visit>(visit)] {
    if (VisitPtr gone = weak.lock()) Leave(gone, Left::kClientGone);
  });
  visit->responder.RunAfter(keep_alive, [this, visit, keep_alive, longest] {
    KeepAlive(visit, keep_alive, longest - keep_alive);
  });
}

void WaitingLine::KeepAlive(const VisitPtr& visit, absl::Duration period, absl::Duration left) {
  // Slots also come free when other customers leave, which nobody announces.
  Advance();
  if (visit->holds_slot || visit->ended) return;
  if (left <= absl::ZeroDuration()) {
    Leave(visit, Left::kTooLong);
    return;
  }
  // A client that does not read misses keep-alives, which are all the same.
  visit->responder.Write(lull::KeepAlive(visit->call.stream));
  visit->responder.RunAfter(
      period, [this, visit, period, left] { KeepAlive(visit, period, left - period); });
}

void WaitingLine::Advance() {
  // Serving may end a call at once, which frees a slot and comes back here.
  if (advancing_) return;
  advancing_ = true;
  while (!line_.empty()) {
    VisitPtr visit = std::move(line_.front());
    line_.pop_front();
    if (!serve_(visit)) {
      line_.push_front(std::move(visit));
      break;
    }
  }
  advancing_ = false;
}

void WaitingLine::Leave(const VisitPtr& visit, Left why) {
  const auto found = std::find(line_.begin(), line_.end(), visit);
  if (found == line_.end()) return;
  line_.erase(found);
  leave_(visit, why);
}

}  // namespace lull
