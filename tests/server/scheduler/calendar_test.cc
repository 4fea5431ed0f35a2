#include "server/scheduler/calendar.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr std::array<bool, 7> kEveryDay = {true, true, true, true, true, true, true};

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

absl::Time At(const char* rfc3339) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &error)) << error;
  return time;
}

Calendar Nights(const char* zone) {
  return Calendar({{kEveryDay, 22 * 60, 6 * 60}}, Zone(zone), {});
}

TEST(CalendarTest, WindowIsOpenFromItsFirstToBeforeItsLastMoment) {
  const Calendar calendar({{kEveryDay, 9 * 60, 17 * 60}}, absl::UTCTimeZone(), {});
  EXPECT_FALSE(calendar.IsOpen(At("2026-11-23T08:59:59.999999Z")));
  EXPECT_TRUE(calendar.IsOpen(At("2026-11-23T09:00:00Z")));
  EXPECT_TRUE(calendar.IsOpen(At("2026-11-23T16:59:59.999999Z")));
  EXPECT_FALSE(calendar.IsOpen(At("2026-11-23T17:00:00Z")));
}

TEST(CalendarTest, WindowRunsPastMidnightAndBelongsToTheDayItStartsOn) {
  const Calendar calendar({{{false, false, false, false, true, false, false}, 22 * 60, 6 * 60}},
                          absl::UTCTimeZone(), {});  // Fridays
  EXPECT_TRUE(calendar.IsOpen(At("2026-11-27T23:00:00Z")));
  EXPECT_TRUE(calendar.IsOpen(At("2026-11-28T05:59:00Z")));
  EXPECT_FALSE(calendar.IsOpen(At("2026-11-28T06:00:00Z")));
  EXPECT_FALSE(calendar.IsOpen(At("2026-11-28T23:00:00Z")));
  EXPECT_EQ(calendar.NextOpen(At("2026-11-28T06:00:00Z")), At("2026-12-04T22:00:00Z"));
}

TEST(CalendarTest, LocalHoursFollowTheZone) {
  const Calendar calendar = Nights("Asia/Shanghai");
  EXPECT_TRUE(calendar.IsOpen(At("2026-11-23T14:00:00Z")));  // 22:00 in Shanghai
  EXPECT_FALSE(calendar.IsOpen(At("2026-11-23T13:59:59Z")));
  EXPECT_EQ(calendar.NextClose(At("2026-11-23T14:00:00Z")), At("2026-11-23T22:00:00Z"));
}

TEST(CalendarTest, HourThatIsSkippedHasNoWindow) {
  const Calendar calendar({{kEveryDay, 2 * 60, 3 * 60}}, Zone("Europe/Berlin"), {});
  // 2026-03-29: 02:00 becomes 03:00.
  EXPECT_TRUE(calendar.IsOpen(At("2026-03-28T01:30:00Z")));
  EXPECT_FALSE(calendar.IsOpen(At("2026-03-29T00:59:59Z")));
  EXPECT_FALSE(calendar.IsOpen(At("2026-03-29T01:00:00Z")));
  EXPECT_TRUE(calendar.IsOpen(At("2026-03-30T00:30:00Z")));
}

TEST(CalendarTest, HourThatIsRepeatedIsOpenBothTimes) {
  const Calendar calendar({{kEveryDay, 2 * 60, 3 * 60}}, Zone("Europe/Berlin"), {});
  // 2026-10-25: 03:00 becomes 02:00.
  EXPECT_FALSE(calendar.IsOpen(At("2026-10-24T23:59:59Z")));
  EXPECT_TRUE(calendar.IsOpen(At("2026-10-25T00:30:00Z")));
  EXPECT_TRUE(calendar.IsOpen(At("2026-10-25T01:30:00Z")));
  EXPECT_FALSE(calendar.IsOpen(At("2026-10-25T02:00:00Z")));
}

TEST(CalendarTest, HolidayIsOpenAllDay) {
  const Calendar calendar({{kEveryDay, 22 * 60, 23 * 60}}, absl::UTCTimeZone(),
                          {absl::CivilDay(2026, 12, 25)});
  EXPECT_EQ(calendar.NextOpen(At("2026-12-24T23:30:00Z")), At("2026-12-25T00:00:00Z"));
  EXPECT_EQ(calendar.NextClose(At("2026-12-25T00:00:00Z")), At("2026-12-26T00:00:00Z"));
}

TEST(CalendarTest, WindowsThatTouchAreOne) {
  const Calendar calendar({{kEveryDay, 0, 12 * 60}, {kEveryDay, 12 * 60, 18 * 60}},
                          absl::UTCTimeZone(), {});
  EXPECT_EQ(calendar.NextClose(At("2026-11-23T03:00:00Z")), At("2026-11-23T18:00:00Z"));
}

TEST(CalendarTest, AlwaysOpenNeverCloses) {
  const Calendar calendar({{kEveryDay, 0, 1440}}, absl::UTCTimeZone(), {});
  EXPECT_GT(calendar.NextClose(At("2026-11-23T03:00:00Z")), At("2027-06-01T00:00:00Z"));
}

TEST(CalendarTest, WithoutWindowsNeverOpens) {
  const Calendar calendar({}, absl::UTCTimeZone(), {});
  EXPECT_FALSE(calendar.IsOpen(At("2026-11-23T03:00:00Z")));
  EXPECT_EQ(calendar.NextOpen(At("2026-11-23T03:00:00Z")), absl::InfiniteFuture());
}

TEST(CalendarTest, LeapDayIsADay) {
  const Calendar calendar({}, absl::UTCTimeZone(), {absl::CivilDay(2028, 2, 29)});
  EXPECT_EQ(calendar.NextOpen(At("2028-02-28T12:00:00Z")), At("2028-02-29T00:00:00Z"));
}

// NextOpen and NextClose say where IsOpen changes: walked minute by minute over both changes of a
// year's clocks.
TEST(CalendarTest, NextOpenAndNextCloseAgreeWithIsOpen) {
  const Calendar calendar = Nights("Europe/Berlin");
  for (const char* start : {"2026-03-27T12:00:00Z", "2026-10-23T12:00:00Z"}) {
    const absl::Time end = At(start) + absl::Hours(96);
    for (absl::Time t = At(start); t < end; t += absl::Minutes(7)) {
      if (calendar.IsOpen(t)) {
        EXPECT_EQ(calendar.NextOpen(t), t);
        const absl::Time close = calendar.NextClose(t);
        EXPECT_FALSE(calendar.IsOpen(close));
        EXPECT_TRUE(calendar.IsOpen(close - absl::Seconds(1)));
      } else {
        EXPECT_EQ(calendar.NextClose(t), t);
        const absl::Time open = calendar.NextOpen(t);
        EXPECT_TRUE(calendar.IsOpen(open));
        EXPECT_FALSE(calendar.IsOpen(open - absl::Seconds(1)));
      }
    }
  }
}

}  // namespace
}  // namespace lull
