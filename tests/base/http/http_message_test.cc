#include "base/http/http_message.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(HttpHeadersTest, NamesCompareWithoutCase) {
  HttpHeaders headers{{"Content-Type", "a"}, {"X-Many", "1"}, {"x-many", "2"}};
  EXPECT_EQ(*headers.Find("content-type"), "a");
  EXPECT_EQ(*headers.Find("X-MANY"), "1");
  EXPECT_EQ(headers.Find("Content"), nullptr);
}

TEST(HttpHeadersTest, SetReplacesEveryFieldOfTheName) {
  HttpHeaders headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.Set("a", "4");
  ASSERT_EQ(headers.fields().size(), 2u);
  EXPECT_EQ(*headers.Find("A"), "4");
  EXPECT_EQ(*headers.Find("B"), "2");
}

TEST(HttpRequestTest, QueryParametersAreDecoded) {
  HttpRequest request;
  request.query = "after=12&name=a%20b+c%2&flag&after=13&%61=z";
  EXPECT_EQ(request.QueryParameter("after"), "12") << "the first one counts";
  EXPECT_EQ(request.QueryParameter("name"), "a b c%2") << "a broken escape is kept";
  EXPECT_EQ(request.QueryParameter("flag"), "");
  EXPECT_EQ(request.QueryParameter("a"), "z");
  EXPECT_EQ(request.QueryParameter("aft"), std::nullopt);
}

TEST(HttpMessageTest, HeadHasStatusLineAndFields) {
  EXPECT_EQ(FormatHttpHead(429, {{"A", "b"}}), "HTTP/1.1 429 Too Many Requests\r\nA: b\r\n");
  EXPECT_EQ(FormatHttpHead(498, {}), "HTTP/1.1 498 Unknown\r\n");
  EXPECT_EQ(FormatHttpHead(200, {{"A\r\nB", std::string("1\0\n2", 4)}}),
            "HTTP/1.1 200 OK\r\nA  B: 1  2\r\n");
}

}  // namespace
}  // namespace lull
