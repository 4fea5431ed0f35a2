#include "base/http/http_router.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/base/http/socket_client.h"

namespace lull {
namespace {

HttpHandler Say(std::string text) {
  return [text](HttpRequest, HttpResponder responder) { responder.Reply(TextResponse(200, text)); };
}

class HttpRouterTest : public ::testing::Test {
 protected:
  HttpRouterTest() {
    router_.Add("GET", "/a", Say("get a"));
    router_.Add("POST", "/a", Say("post a"));
    router_.Add("GET", "/files/*", Say("files"));
    router_.Add("GET", "/files/special", Say("special"));
    router_.Add("GET", "/files/deep/*", Say("deep"));
    auto server = HttpServer::Start({}, [this](HttpRequest request, HttpResponder responder) {
      router_.Handle(std::move(request), std::move(responder));
    });
    server_ = std::move(*server);
  }

  SocketClient::Answer Call(absl::string_view method, absl::string_view target) {
    SocketClient client(server_->port());
    return client.Call(method, target);
  }

  HttpRouter router_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpRouterTest, ChoosesByMethodAndPath) {
  EXPECT_EQ(Call("GET", "/a").body, "get a");
  EXPECT_EQ(Call("POST", "/a?x=1").body, "post a");
  EXPECT_EQ(Call("HEAD", "/a").status, 200);
}

TEST_F(HttpRouterTest, ExactPathWinsThenTheLongestPrefix) {
  EXPECT_EQ(Call("GET", "/files/special").body, "special");
  EXPECT_EQ(Call("GET", "/files/other/x").body, "files");
  EXPECT_EQ(Call("GET", "/files/deep/x/y").body, "deep");
  EXPECT_EQ(Call("GET", "/files/").body, "files");
}

TEST_F(HttpRouterTest, UnknownPathsAre404AndUnknownMethods405WithAllow) {
  EXPECT_EQ(Call("GET", "/files").status, 404);
  EXPECT_EQ(Call("GET", "/a/b").status, 404);
  EXPECT_EQ(Call("GET", "*").status, 404);
  const auto answer = Call("DELETE", "/a");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(*answer.headers.Find("Allow"), "GET, POST");
}

}  // namespace
}  // namespace lull
