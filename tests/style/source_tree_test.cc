#include "tests/style/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lull {
namespace {

using testing::ElementsAre;

TEST(ReadSourcesTest, FindsTheWholeTree) {
  bool found_leaf = false;
  bool found_itself = false;
  for (const SourceFile& file : ReadSources()) {
    found_leaf |= file.path == "base/clock.h" && file.lines.size() > 10;
    found_itself |= file.path == "tests/style/source_tree_test.cc";
  }
  EXPECT_TRUE(found_leaf);
  EXPECT_TRUE(found_itself);
}

TEST(CodeOfTest, LeavesCommentsAndLiteralsOut) {
  EXPECT_THAT(CodeOf({"a;  // note", "b /* note */ c", "d /* one", "two", "three */ e"}),
              ElementsAre("a;  ", "b  c", "d ", "", " e"));
  EXPECT_THAT(CodeOf({"f(\"a \\\" // b\", 'x', '\"') + g();"}),
              ElementsAre("f(\"\", '', '') + g();"));
}

TEST(CodeOfTest, DigitSeparatorsAreNoLiterals) {
  EXPECT_THAT(CodeOf({"int a = 1'000'000; Sleep();"}), ElementsAre("int a = 1'000'000; Sleep();"));
}

TEST(IsBelowTest, ComparesWholeWords) {
  EXPECT_TRUE(IsBelow("base/clock.h", "base"));
  EXPECT_TRUE(IsBelow("base/log.cc", "base/log"));
  EXPECT_TRUE(IsBelow("server/engine/engine_loop.h", "server/engine/engine"));
  EXPECT_FALSE(IsBelow("baseline/clock.h", "base"));
  EXPECT_FALSE(IsBelow("base/logger.cc", "base/log"));
}

}  // namespace
}  // namespace lull
