#include "server/engine/lease_token.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(LeaseTokenTest, IsReadBackAsItWas) {
  const LeaseToken token{0xfedcba9876543210u, 1'234'567'890'123, 42};
  const std::string text = token.ToString();
  EXPECT_EQ(text.size(), 43u);
  EXPECT_EQ(LeaseToken::Parse(text), token);
}

TEST(LeaseTokenTest, AnyChangedCharacterIsRefused) {
  const std::string text = LeaseToken{7, 8, 9}.ToString();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(LeaseToken::Parse(changed)) << i;
  }
}

// The last character has two bits that no byte uses.
TEST(LeaseTokenTest, HasOneSpelling) {
  const std::string text = LeaseToken{7, 8, 9}.ToString();
  int accepted = 0;
  for (const char last : absl::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789-_")) {
    accepted += LeaseToken::Parse(text.substr(0, text.size() - 1) + last).has_value();
  }
  EXPECT_EQ(accepted, 1);
}

TEST(LeaseTokenTest, GarbageIsRefused) {
  for (const char* text : {"", "x", "0123456789012345678901234567890123456789012",
                           "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"}) {
    EXPECT_FALSE(LeaseToken::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace lull
