#include "server/scheduler/calendar.h"

#include <algorithm>
#include <utility>

namespace lull {
namespace {

constexpr int kSearchDays = 400;  // a year and a bit: every weekday and yearly holiday comes by

int MondayFirst(absl::CivilDay day) {
  return static_cast<int>(absl::GetWeekday(day));  // absl counts from Monday too
}

// The instant of a local minute of a day; a minute that is skipped maps to the end of the gap, a
// repeated one to its first pass (`first`) or its second.
absl::Time AtMinute(absl::CivilDay day, int minute, absl::TimeZone zone, bool first) {
  const absl::CivilMinute civil = absl::CivilMinute(day) + minute;
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(civil));
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::UNIQUE:
      return info.pre;
    case absl::TimeZone::TimeInfo::SKIPPED:
      return info.trans;
    case absl::TimeZone::TimeInfo::REPEATED:
      return first ? info.pre : info.post;
  }
  return info.pre;
}

}  // namespace

Calendar::Calendar(std::vector<Window> windows, absl::TimeZone zone,
                   std::vector<absl::CivilDay> holidays)
    : windows_(std::move(windows)), zone_(zone), holidays_(std::move(holidays)) {
  std::sort(holidays_.begin(), holidays_.end());
}

std::vector<Calendar::Span> Calendar::SpansAround(absl::Time time, int days_before,
                                                  int days_after) const {
  const absl::CivilDay today(zone_.At(time).cs);
  std::vector<Span> spans;
  for (int offset = -days_before; offset <= days_after; ++offset) {
    const absl::CivilDay day = today + offset;
    if (std::binary_search(holidays_.begin(), holidays_.end(), day)) {
      spans.push_back({AtMinute(day, 0, zone_, true), AtMinute(day + 1, 0, zone_, true)});
    }
    for (const Window& window : windows_) {
      if (!window.days[MondayFirst(day)]) continue;
      const bool wraps = window.to_minute <= window.from_minute;
      const absl::Time from = AtMinute(day, window.from_minute, zone_, true);
      const absl::Time to = AtMinute(wraps ? day + 1 : day, window.to_minute, zone_, false);
      if (from < to) spans.push_back({from, to});
    }
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.from < b.from; });
  std::vector<Span> merged;
  for (const Span& span : spans) {
    if (!merged.empty() && span.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, span.to);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

bool Calendar::IsOpen(absl::Time time) const {
  for (const Span& span : SpansAround(time, 1, 0)) {
    if (span.from <= time && time < span.to) return true;
  }
  return false;
}

absl::Time Calendar::NextOpen(absl::Time time) const {
  // A week answers nearly every question; the far search is for calendars of holidays only.
  for (int days : {8, kSearchDays}) {
    for (const Span& span : SpansAround(time, 1, days)) {
      if (time < span.to) return std::max(time, span.from);
    }
  }
  return absl::InfiniteFuture();
}

absl::Time Calendar::NextClose(absl::Time time) const {
  absl::Time close = time;
  // A span may have been cut at the end of the days looked at: go on from there.
  for (int rounds = 0; rounds < kSearchDays / 7; ++rounds) {
    const absl::Time before = close;
    for (const Span& span : SpansAround(close, 1, 8)) {
      if (span.from <= close && close < span.to) close = span.to;
    }
    if (close == before) return close;
  }
  return absl::InfiniteFuture();
}

}  // namespace lull
