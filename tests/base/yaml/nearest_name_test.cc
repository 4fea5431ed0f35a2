#include "base/yaml/nearest_name.h"

#include <gtest/gtest.h>

#include <string>

namespace lull {
namespace {

TEST(NearestName, FindsTheNameWithTheFewestChanges) {
  EXPECT_EQ(NearestName("base_ulr", {"name", "base_url", "account"}), "base_url");
  EXPECT_EQ(NearestName("nam", {"name", "base_url", "account"}), "name");
  EXPECT_EQ(NearestName("accounts", {"name", "base_url", "account"}), "account");
}

TEST(NearestName, IgnoresCaseAndHyphens) {
  EXPECT_EQ(NearestName("Base-URL", {"name", "base_url"}), "base_url");
  EXPECT_EQ(NearestName("baseUrl", {"name", "base_url"}), "base_url");
}

TEST(NearestName, SuggestsNothingThatIsFarAway) {
  EXPECT_EQ(NearestName("colour", {"name", "base_url"}), "");
  EXPECT_EQ(NearestName("a", {"b", "c"}), "");
  EXPECT_EQ(NearestName("", {"to"}), "");
  EXPECT_EQ(NearestName("name", {}), "");
}

TEST(NearestName, TakesTheFirstOfEquallyNearOnes) {
  EXPECT_EQ(NearestName("batc", {"batch", "batcx"}), "batch");
  EXPECT_EQ(NearestName("batc", {"batcx", "batch"}), "batcx");
}

TEST(NearestName, DoesNotCompareVeryLongNames) {
  const std::string long_name(1000, 'x');
  EXPECT_EQ(NearestName(long_name, {long_name}), "");
  EXPECT_EQ(NearestName("xx", {long_name}), "");
}

TEST(DidYouMean, IsAHalfSentenceOrNothing) {
  EXPECT_EQ(DidYouMean("standart", {"standard", "batch"}), ", did you mean \"standard\"?");
  EXPECT_EQ(DidYouMean("colour", {"standard", "batch"}), "");
}

}  // namespace
}  // namespace lull
