#include "tools/busy_api/mix.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(MixTest, PicksByWeight) {
  const Mix mix = *ParseMix("429:3, 503");
  EXPECT_EQ(mix.Pick(0), "429");
  EXPECT_EQ(mix.Pick(0.74), "429");
  EXPECT_EQ(mix.Pick(0.76), "503");
  EXPECT_EQ(mix.Pick(0.9999999), "503");
  EXPECT_EQ(ParseMix("")->Pick(0.5), "");
}

TEST(MixTest, ProbabilitiesLeaveRoomForNothing) {
  const Mix mix = *ParseMix("a:0.1,b:0.2");
  EXPECT_EQ(mix.PickOrNone(0.05), "a");
  EXPECT_EQ(mix.PickOrNone(0.25), "b");
  EXPECT_EQ(mix.PickOrNone(0.31), "");
}

TEST(MixTest, MalformedChoicesAreRefused) {
  for (const char* text : {":1", "a:", "a:x", "a:-1", "a:nan"}) {
    EXPECT_FALSE(ParseMix(text).ok()) << text;
  }
}

}  // namespace
}  // namespace lull
