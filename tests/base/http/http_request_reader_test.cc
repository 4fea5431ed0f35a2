#include "base/http/http_request_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

using State = HttpRequestReader::State;

constexpr absl::string_view kTwoRequests =
    "\r\nPOST /a?b=c HTTP/1.1\r\nHost: t\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nhello"
    "GET /second HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
    "POST /third HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";

// Feeds `bytes` in pieces of `step`, as they might arrive, and describes each request.
std::vector<std::string> ReadAll(absl::string_view bytes, size_t step) {
  HttpRequestReader reader(1000, 1000);
  std::vector<std::string> seen;
  std::string input;
  for (size_t i = 0; i < bytes.size(); i += step) {
    const absl::string_view piece = bytes.substr(i, step);
    input.append(piece.data(), piece.size());
    while (true) {
      input.erase(0, reader.Feed(input));
      if (reader.state() == State::kFailed) {
        seen.push_back(absl::StrCat("error ", reader.error_status()));
        return seen;
      }
      if (reader.state() != State::kDone) break;
      const bool keep = reader.keep_alive();
      const HttpRequest request = reader.TakeRequest();
      seen.push_back(absl::StrCat(request.method, " ", request.path, " ", request.query, " ",
                                  request.headers.fields().size(), " ", request.body, " ",
                                  keep ? "keep" : "close"));
    }
  }
  return seen;
}

TEST(HttpRequestReaderTest, AnyChunkingGivesTheSameRequests) {
  const std::vector<std::string> whole = ReadAll(kTwoRequests, kTwoRequests.size());
  ASSERT_GE(whole.size(), 2u);
  EXPECT_EQ(whole[0], "POST /a b=c 3 hello keep");
  EXPECT_EQ(whole[1], "GET /second  2  close");
  for (size_t step = 1; step < 40; ++step) {
    EXPECT_EQ(ReadAll(kTwoRequests, step), whole) << "in pieces of " << step;
  }
}

TEST(HttpRequestReaderTest, StatesFollowTheRequest) {
  HttpRequestReader reader(1000, 1000);
  EXPECT_EQ(reader.state(), State::kEmpty);
  EXPECT_EQ(reader.Feed("\r\n"), 2u);
  EXPECT_EQ(reader.state(), State::kEmpty) << "an empty line does not begin a request";
  reader.Feed("POST / HTTP/1.1\r\n");
  EXPECT_EQ(reader.state(), State::kHead);
  reader.Feed("Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(reader.state(), State::kBody);
  EXPECT_TRUE(reader.expects_continue());
  reader.Feed("ok");
  EXPECT_EQ(reader.state(), State::kDone);
  EXPECT_EQ(reader.Feed("GET"), 0u) << "the next request waits until this one is taken";
  EXPECT_EQ(reader.TakeRequest().body, "ok");
  EXPECT_EQ(reader.state(), State::kEmpty);
}

TEST(HttpRequestReaderTest, LimitsAndMalformedInputHaveTheirStatus) {
  struct Case {
    std::string bytes;
    std::string expected;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", "error 431"},
      {"GET /" + std::string(2000, 'x'), "error 431"},
      {"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", "error 413"},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", "error 400"},
      {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "error 400"},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "error 400"},
      {"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "error 400"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "error 400"},
      {"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", "error 400"},
      {"GET / HTTP/2.0\r\n\r\n", "error 400"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "error 400"},
  };
  for (const Case& c : cases) {
    for (const size_t step : {size_t{1}, size_t{7}, c.bytes.size()}) {
      EXPECT_EQ(ReadAll(c.bytes, step), std::vector<std::string>{c.expected})
          << c.bytes.substr(0, 80) << " in pieces of " << step;
    }
  }
}

}  // namespace
}  // namespace lull
