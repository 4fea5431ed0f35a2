#include "worker/keep_alive_filter.h"

#include <string>

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(KeepAliveFilterTest, EmptyLinesBeforeTheContentAreNoContent) {
  KeepAliveFilter filter;
  for (int i = 0; i < 100; ++i) {
    const KeepAliveFilter::Part part = filter.Feed(i % 2 == 0 ? "\n" : "\r\n  \t");
    EXPECT_FALSE(part.content);
    EXPECT_TRUE(part.bytes.empty());
  }
  const KeepAliveFilter::Part part = filter.Feed("\n\n{\"a\":\n");
  EXPECT_TRUE(part.content);
  EXPECT_EQ(part.bytes, "{\"a\":\n");
}

TEST(KeepAliveFilterTest, CommentLinesBeforeTheContentAreNoContent) {
  // Cut at every byte: the answer must not depend on how the network cuts it.
  const std::string body = ": keep-alive\n\n: PROCESSING {\"a\":1}\r\n\n{\"b\": \":\"}";
  KeepAliveFilter filter;
  std::string kept;
  for (const char& byte : body) kept += std::string(filter.Feed({&byte, 1}).bytes);
  EXPECT_EQ(kept, "{\"b\": \":\"}");
}

TEST(KeepAliveFilterTest, WhiteSpaceInsideTheContentIsKeptButIsNoProgress) {
  KeepAliveFilter filter;
  EXPECT_TRUE(filter.Feed("{").content);
  const KeepAliveFilter::Part blank = filter.Feed(" \n");
  EXPECT_FALSE(blank.content);
  EXPECT_EQ(blank.bytes, " \n");
  EXPECT_TRUE(filter.Feed(":1").content);
}

}  // namespace
}  // namespace lull
