#include "server/config/calendar_text.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace lull {
namespace {

TEST(CalendarText, ReadsTimesOfDay) {
  EXPECT_EQ(*ParseFromMinute("00:00"), 0);
  EXPECT_EQ(*ParseFromMinute("22:05"), 22 * 60 + 5);
  EXPECT_EQ(*ParseFromMinute("23:59"), 1439);
  EXPECT_EQ(*ParseToMinute("00:01"), 1);
  EXPECT_EQ(*ParseToMinute("24:00"), 1440);
}

TEST(CalendarText, TakesMidnightAsTheEndOfTheDayWhereSomethingEnds) {
  EXPECT_EQ(*ParseToMinute("00:00"), 1440);
}

TEST(CalendarText, RefusesOtherTimesOfDay) {
  for (const char* wrong : {"", "22", "9:00", "22:60", "24:01", "25:00", "22-00", "2200",
                            "22:00:00", "-1:00", "aa:bb", "22:0x", " 2:00"}) {
    EXPECT_FALSE(ParseFromMinute(wrong).ok()) << wrong;
    EXPECT_FALSE(ParseToMinute(wrong).ok()) << wrong;
  }
  EXPECT_EQ(ParseFromMinute("24:00").status().message(),
            "\"24:00\" is not a time of day: write it like 22:00, from 00:00 to 23:59");
}

TEST(CalendarText, ReadsDays) {
  EXPECT_EQ(*ParseDay("2026-10-01"), absl::CivilDay(2026, 10, 1));
  EXPECT_EQ(*ParseDay("2028-02-29"), absl::CivilDay(2028, 2, 29));
  for (const char* wrong : {"", "2026-02-29", "2026-13-01", "2026-1-1", "01.10.2026", "2026-10-01 ",
                            "2026-10-0 ", "2026-10-1x", "+026-10-01"}) {
    EXPECT_FALSE(ParseDay(wrong).ok()) << wrong;
  }
}

TEST(CalendarText, FindsTimeZones) {
  EXPECT_EQ(*ParseTimeZone(""), absl::UTCTimeZone());
  EXPECT_EQ(*ParseTimeZone("UTC"), absl::UTCTimeZone());
  const auto shanghai = ParseTimeZone("Asia/Shanghai");
  ASSERT_TRUE(shanghai.ok()) << shanghai.status();
  EXPECT_EQ(shanghai->At(absl::UnixEpoch()).offset, 8 * 3600);
  for (const char* wrong : {"Shanghai", "Mars/Olympus", "/etc/passwd", "../../etc/passwd"}) {
    EXPECT_FALSE(ParseTimeZone(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace lull
