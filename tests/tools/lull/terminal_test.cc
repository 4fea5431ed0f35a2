#include "tools/lull/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tools/lull/table.h"
#include "tools/lull/utf8.h"

namespace lull {
namespace {

std::vector<uint32_t> CharactersOf(absl::string_view text) {
  std::vector<uint32_t> characters;
  while (!text.empty()) characters.push_back(TakeCharacter(&text));
  return characters;
}

TEST(Utf8Test, TakesCharactersOfAllLengths) {
  EXPECT_EQ(CharactersOf("aé中😀"), (std::vector<uint32_t>{'a', 0xe9, 0x4e2d, 0x1f600}));
}

TEST(Utf8Test, ReplacesWhatIsNotUtf8) {
  const std::vector<uint32_t> replaced = {'a', kReplacementCharacter, 'b'};
  EXPECT_EQ(CharactersOf("a\xff"
                         "b"),
            replaced);
  EXPECT_EQ(CharactersOf("a\x80"
                         "b"),
            replaced);
  // Cut off, overlong, a surrogate, beyond the last character.
  EXPECT_EQ(CharactersOf("\xe4\xb8").front(), kReplacementCharacter);
  EXPECT_EQ(CharactersOf("\xc0\x80").front(), kReplacementCharacter);
  EXPECT_EQ(CharactersOf("\xe0\x80\x80").front(), kReplacementCharacter);
  EXPECT_EQ(CharactersOf("\xed\xa0\x80").front(), kReplacementCharacter);
  EXPECT_EQ(CharactersOf("\xf4\x90\x80\x80").front(), kReplacementCharacter);
}

TEST(PrintableTest, DisarmsControlCharacters) {
  EXPECT_EQ(Printable("a\x1b[31mb\tc\r\x7f", LineBreaks::kEscape), "a\\x1b[31mb\\x09c\\x0d\\x7f");
  EXPECT_EQ(Printable("a\nb", LineBreaks::kEscape), "a\\x0ab");
  EXPECT_EQ(Printable("a\nb", LineBreaks::kKeep), "a\nb");
  EXPECT_EQ(Printable("\xc2\x9b", LineBreaks::kKeep), "\\x9b") << "a C1 control character";
  EXPECT_EQ(Printable("\u202e", LineBreaks::kKeep), "\\x202e") << "turns the text around";
  EXPECT_EQ(Printable("你好 é", LineBreaks::kEscape), "你好 é");
  EXPECT_EQ(Printable("\xff", LineBreaks::kEscape), "\xef\xbf\xbd");
}

TEST(DisplayWidthTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("你好ab"), 6);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
}

TEST(CutToWidthTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 4), "abc…");
  EXPECT_EQ(CutToWidth("你好吗", 5), "你好…");
  EXPECT_EQ(CutToWidth("你好吗", 4), "你…");
}

class TerminalTest : public testing::Test {
 protected:
  void SetUp() override {
    control_ = posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(control_, 0);
    ASSERT_EQ(grantpt(control_), 0);
    ASSERT_EQ(unlockpt(control_), 0);
    screen_ = open(ptsname(control_), O_RDWR | O_NOCTTY);
    ASSERT_GE(screen_, 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  void TearDown() override {
    close(screen_);
    close(control_);
  }

  int control_ = -1;
  int screen_ = -1;
};

TEST_F(TerminalTest, PaintsOnAScreen) {
  const Terminal terminal(screen_);
  EXPECT_TRUE(terminal.is_terminal());
  EXPECT_EQ(terminal.Paint(Color::kRed, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(terminal.Paint(Color::kPlain, "x"), "x");
  winsize size = {};
  size.ws_col = 132;
  ASSERT_EQ(ioctl(control_, TIOCSWINSZ, &size), 0);
  EXPECT_EQ(terminal.columns(), 132);
}

TEST_F(TerminalTest, PaintsNothingForThoseWhoDoNotWantIt) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(Terminal(screen_).Paint(Color::kRed, "x"), "x");
  setenv("NO_COLOR", "", 1);
  EXPECT_NE(Terminal(screen_).Paint(Color::kRed, "x"), "x") << "empty means not set";
  setenv("TERM", "dumb", 1);
  EXPECT_EQ(Terminal(screen_).Paint(Color::kRed, "x"), "x");
}

TEST_F(TerminalTest, PaintsNothingIntoAFile) {
  const int file = open("/dev/null", O_WRONLY);
  const Terminal terminal(file);
  EXPECT_FALSE(terminal.is_terminal());
  EXPECT_EQ(terminal.Paint(Color::kRed, "x"), "x");
  EXPECT_EQ(terminal.columns(), 80);
  close(file);
}

TEST(TableTest, AlignsColumnsByWhatTheyTakeOnTheScreen) {
  Table table;
  table.AddRow({"名字", "x"});
  table.AddRow({"abcdef", "yy", "z"});
  table.AddRow({"a"});
  EXPECT_EQ(table.ToString(),
            "名字    x\n"
            "abcdef  yy  z\n"
            "a\n");
  EXPECT_EQ(Table().ToString(), "");
}

}  // namespace
}  // namespace lull
