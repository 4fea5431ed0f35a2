#include "base/http/http_answer_format.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

HttpAnswerFormat::Request KeepAlive() {
  HttpAnswerFormat::Request request;
  request.keep_alive = true;
  return request;
}

TEST(HttpAnswerFormatTest, WholeAnswerHasItsLength) {
  HttpAnswerFormat format(KeepAlive());
  EXPECT_FALSE(format.started());
  EXPECT_EQ(format.Whole({200, {{"Content-Length", "99"}}, "hello"}, "today"),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: today\r\n\r\nhello");
  EXPECT_TRUE(format.started());
  EXPECT_TRUE(format.keep_alive());
}

TEST(HttpAnswerFormatTest, NoContentHasNoLength) {
  HttpAnswerFormat format(KeepAlive());
  EXPECT_EQ(format.Whole({204, {}, ""}, "today"), "HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n");
}

TEST(HttpAnswerFormatTest, StreamIsChunkedAndEmptyPiecesDoNotEndIt) {
  HttpAnswerFormat format(KeepAlive());
  EXPECT_TRUE(absl::StrContains(format.Start(200, {}, "d"), "Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(format.Piece("0123456789abcdefg"), "11\r\n0123456789abcdefg\r\n");
  EXPECT_EQ(format.Piece(""), "");
  EXPECT_EQ(format.End(), "0\r\n\r\n");
}

TEST(HttpAnswerFormatTest, OldClientsGetPlainBytesUntilTheConnectionCloses) {
  HttpAnswerFormat::Request request = KeepAlive();
  request.http_1_0 = true;
  HttpAnswerFormat format(request);
  const std::string head = format.Start(200, {}, "d");
  EXPECT_FALSE(absl::StrContains(head, "chunked"));
  EXPECT_TRUE(absl::StrContains(head, "Connection: close\r\n"));
  EXPECT_EQ(format.Piece("abc"), "abc");
  EXPECT_EQ(format.End(), "");
  EXPECT_FALSE(format.keep_alive());
  HttpAnswerFormat whole(request);
  EXPECT_TRUE(absl::StrContains(whole.Whole({200, {}, ""}, "d"), "Connection: keep-alive\r\n"));
}

TEST(HttpAnswerFormatTest, HeadRequestsGetNoBodyInAnyFraming) {
  HttpAnswerFormat::Request request = KeepAlive();
  request.is_head = true;
  HttpAnswerFormat whole(request);
  EXPECT_TRUE(absl::EndsWith(whole.Whole({200, {}, "body"}, "d"), "\r\n\r\n"));
  HttpAnswerFormat stream(request);
  stream.Start(200, {}, "d");
  EXPECT_EQ(stream.Piece("body"), "");
  EXPECT_EQ(stream.End(), "");
}

TEST(HttpAnswerFormatTest, ConnectionCloseInTheAnswerClosesAndIsSaidOnce) {
  HttpAnswerFormat format(KeepAlive());
  const std::string bytes = format.Whole({200, {{"connection", "Close"}}, ""}, "d");
  EXPECT_FALSE(format.keep_alive());
  EXPECT_EQ(bytes.find("onnection"), bytes.rfind("onnection")) << bytes;
}

TEST(HttpAnswerFormatTest, RawPiecesAreLeftAlone) {
  HttpAnswerFormat format(KeepAlive());
  format.StartRaw();
  EXPECT_EQ(format.Piece("HTTP/1.1 200 OK\r\n\r\n"), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(format.End(), "");
}

}  // namespace
}  // namespace lull
