// A weekly calendar of open hours in one time zone, with holidays. Pure: state in, time in, answer
// out.
//
// A window belongs to the day on which it starts and may run past midnight. It is cut out of local
// civil time: on a day whose clock skips 02:00-03:00 a window inside the gap is empty, and on a day
// that repeats an hour the window covers both passes.
#ifndef LULL_SERVER_SCHEDULER_CALENDAR_H_
#define LULL_SERVER_SCHEDULER_CALENDAR_H_

#include <array>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace lull {

class Calendar {
 public:
  struct Window {
    std::array<bool, 7> days{};  // [0] is Monday; the day the window starts on
    int from_minute = 0;         // of the local day, 0..1439
    int to_minute = 0;           // 1..1440; at or below from_minute means on the next day
    friend bool operator==(const Window&, const Window&) = default;
  };

  // A day in `holidays` is open from midnight to midnight, whatever the windows say.
  Calendar(std::vector<Window> windows, absl::TimeZone zone, std::vector<absl::CivilDay> holidays);

  bool IsOpen(absl::Time time) const;

  // The first time at or after `time` that is open; InfiniteFuture if none comes within 400 days.
  absl::Time NextOpen(absl::Time time) const;

  // The first time after `time` that is not open; `time` itself if it is not open.
  absl::Time NextClose(absl::Time time) const;

  const std::vector<Window>& windows() const { return windows_; }

 private:
  struct Span {
    absl::Time from;
    absl::Time to;
  };
  // The spans that start on the local days around `time`, sorted, merged where they touch.
  std::vector<Span> SpansAround(absl::Time time, int days_before, int days_after) const;

  std::vector<Window> windows_;
  absl::TimeZone zone_;
  std::vector<absl::CivilDay> holidays_;  // sorted
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_CALENDAR_H_
