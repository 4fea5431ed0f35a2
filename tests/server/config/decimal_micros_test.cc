#include "server/config/decimal_micros.h"

#include <gtest/gtest.h>

#include <string>

namespace lull {
namespace {

TEST(ParseDecimalMicros, IsExact) {
  EXPECT_EQ(*ParseDecimalMicros("0"), 0);
  EXPECT_EQ(*ParseDecimalMicros("12"), 12'000'000);
  EXPECT_EQ(*ParseDecimalMicros("12.50"), 12'500'000);
  EXPECT_EQ(*ParseDecimalMicros("0.28"), 280'000);
  EXPECT_EQ(*ParseDecimalMicros("0.000001"), 1);
  EXPECT_EQ(*ParseDecimalMicros("007.1"), 7'100'000);
  EXPECT_EQ(*ParseDecimalMicros("1000000000"), 1'000'000'000'000'000);
}

TEST(ParseDecimalMicros, RefusesEverythingElse) {
  for (const char* wrong :
       {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000001", " 1", "1 ", "$1", "1.2.3",
        "inf", "1000000000.000001", "1000000001", "99999999999999999999"}) {
    EXPECT_FALSE(ParseDecimalMicros(wrong).ok()) << wrong;
  }
  EXPECT_EQ(ParseDecimalMicros("$1").status().message(),
            "\"$1\" is not an amount: write it like 12.50, with at most 6 digits after the point, "
            "up to 1000000000");
}

}  // namespace
}  // namespace lull
