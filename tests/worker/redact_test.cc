#include "worker/redact.h"

#include <sstream>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"
#include "worker/secret.h"

namespace lull {
namespace {

const char kKey[] = "canary-4f1d9c2e7b8a";

TEST(SecretTest, CannotBeWrittenToAStream) {
  const auto printable = [](auto& out, const auto& value) {
    return requires { out << value; };
  };
  std::ostringstream out;
  EXPECT_TRUE(printable(out, std::string()));
  EXPECT_FALSE(printable(out, Secret()));
}

TEST(SecretTest, TestFrameworksPrintNoByteOfIt) {
  EXPECT_EQ(testing::PrintToString(Secret(kKey)), "[secret]");
}

TEST(SecretTest, AMovedFromSecretIsEmpty) {
  Secret from(kKey);
  const Secret to = std::move(from);
  EXPECT_EQ(to.Reveal(), kKey);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

struct Row {
  const char* what;
  std::string text;
  std::string redacted;
};

TEST(RedactTest, Table) {
  const Row rows[] = {
      {"ordinary text stays", "HTTP 429: too many requests, see https://example.com/limits",
       "HTTP 429: too many requests, see https://example.com/limits"},
      {"the key", "key canary-4f1d9c2e7b8a is wrong", "key [redacted] is wrong"},
      {"the key twice", "canary-4f1d9c2e7b8a=canary-4f1d9c2e7b8a", "[redacted]=[redacted]"},
      {"the key inside a word", "xxcanary-4f1d9c2e7b8ayy", "xx[redacted]yy"},
      {"the beginning of the key", "key canary-4f1d********* is wrong",
       "key [redacted]********* is wrong"},
      {"the end of the key", "key ...9c2e7b8a is wrong", "key ...[redacted] is wrong"},
      {"seven bytes of the key are no longer a secret", "canary- bird", "canary- bird"},
      {"something like an OpenAI key", "Incorrect API key provided: sk-proj-abc_123***Z9.",
       "Incorrect API key provided: [redacted]"},
      {"something like a Google key", "key=AIzaSyD-12345678 no", "key=[redacted] no"},
      {"a hyphenated word is none", "task-based, risk-free", "task-based, risk-free"},
      {"a bearer token", "Authorization: Bearer abc.def, retry",
       "Authorization: Bearer [redacted], retry"},
      {"a bearer token in JSON", R"({"authorization":"bearer  tok"})",
       R"({"authorization":"bearer  [redacted]"})"},
      {"control characters", "a\r\nb\tc\x01", "a  b c "},
      {"UTF-8 stays", "余额不足", "余额不足"},
      {"what is not UTF-8", "a\xff\xc3(\xed\xa0\x80z", "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFDz"},
      {"nothing", "", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Redact(row.text, Secret(kKey)), row.redacted) << row.what;
  }
}

TEST(RedactTest, CutsAtTheLimitBetweenCharacters) {
  const std::string redacted = Redact("ééééééééééééééééé", Secret(), 16);
  EXPECT_EQ(redacted, "éééééé…");
  EXPECT_LE(redacted.size(), 16u);
}

TEST(RedactTest, AnExactFitIsNotCut) {
  EXPECT_EQ(Redact(std::string(16, 'x'), Secret(), 16), std::string(16, 'x'));
}

TEST(RedactTest, NoPartOfAKeyShowsWhereALongTextIsCut) {
  for (size_t before = 4 * kErrorTextBytesMax - 40; before < 4 * kErrorTextBytesMax; ++before) {
    // Masks shorten the text, so that what stood at the cut moves to the front.
    std::string text;
    while (text.size() + sizeof(kKey) < before) text += kKey;
    text.resize(before, ' ');
    text += kKey;
    const std::string redacted = Redact(text, Secret(kKey));
    EXPECT_EQ(redacted.find("4f1d9c2e"), std::string::npos);
    EXPECT_LE(redacted.size(), kErrorTextBytesMax);
  }
}

TEST(RedactTest, AShortKeyIsMaskedAsAWhole) {
  EXPECT_EQ(Redact("pass12 pass", Secret("pass12")), "[redacted] pass");
}

}  // namespace
}  // namespace lull
