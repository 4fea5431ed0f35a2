#include "base/url/upstream_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Joined(const std::string& base, const std::string& path) {
  const auto url = ParseUpstreamUrl(base);
  if (!url.ok()) return std::string(url.status().message());
  const auto joined = JoinUpstreamUrl(*url, path);
  return joined.ok() ? *joined : std::string(joined.status().message());
}

TEST(ParseUpstreamUrl, TakesTheOriginAndThePathApart) {
  const auto url = ParseUpstreamUrl("HTTPS://API.Example.com:8443/Open/v1/");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->origin, "https://api.example.com:8443");
  EXPECT_EQ(url->path, "/Open/v1");
  EXPECT_TRUE(url->tls);
  EXPECT_FALSE(url->loopback);
}

TEST(ParseUpstreamUrl, LeavesTheSchemesOwnPortOut) {
  EXPECT_EQ(ParseUpstreamUrl("https://a.com:443")->origin, "https://a.com");
  EXPECT_EQ(ParseUpstreamUrl("http://a.com:80")->origin, "http://a.com");
  EXPECT_EQ(ParseUpstreamUrl("http://a.com:443")->origin, "http://a.com:443");
}

TEST(ParseUpstreamUrl, KnowsLoopback) {
  EXPECT_TRUE(ParseUpstreamUrl("http://127.0.0.1:8000")->loopback);
  EXPECT_TRUE(ParseUpstreamUrl("http://[::1]:8000/v1")->loopback);
  EXPECT_TRUE(ParseUpstreamUrl("http://LocalHost")->loopback);
  EXPECT_FALSE(ParseUpstreamUrl("http://127.0.0.1.example.com")->loopback);
}

TEST(ParseUpstreamUrl, RefusesWhatParsersReadInDifferentWays) {
  for (const char* wrong :
       {"", "api.example.com", "ftp://a.com", "https://", "https:///v1", "https://a.com:",
        "https://a.com:0", "https://a.com:65536", "https://user@a.com", "https://a.com?x=1",
        "https://a.com/#x", "https://a.com/../x", "https://127.1", "https://2130706433",
        "https://a.com\\b", "https://a com", "https://a.com/ä", "https://[::1", "https://a..com"}) {
    EXPECT_EQ(ParseUpstreamUrl(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
  EXPECT_FALSE(ParseUpstreamUrl("https://a.com/" + std::string(2048, 'a')).ok());
}

TEST(ParseUpstreamUrl, DoesNotRepeatWhatMayBeAKey) {
  for (const char* wrong : {"https://sk-123@a.com", "https://a.com?key=sk-123"}) {
    EXPECT_THAT(std::string(ParseUpstreamUrl(wrong).status().message()), Not(HasSubstr("sk-123")));
  }
  EXPECT_THAT(std::string(ParseUpstreamUrl("ftp://a.com").status().message()),
              HasSubstr("\"ftp://a.com\""));
}

TEST(JoinUpstreamUrl, DropsThePathsVersionForTheBaseUrlsOwn) {
  EXPECT_EQ(Joined("https://api.openai.com/v1", "/v1/chat/completions"),
            "https://api.openai.com/v1/chat/completions");
  EXPECT_EQ(Joined("https://api.openai.com/v1/", "/v1/embeddings"),
            "https://api.openai.com/v1/embeddings");
  EXPECT_EQ(Joined("https://api.deepseek.com", "/v1/chat/completions"),
            "https://api.deepseek.com/chat/completions");
  EXPECT_EQ(Joined("https://api.deepseek.com/", "/beta/completions"),
            "https://api.deepseek.com/beta/completions");
  EXPECT_EQ(Joined("https://a.com/openai/v1beta", "/v1/models"),
            "https://a.com/openai/v1beta/models");
  EXPECT_EQ(Joined("https://a.com", "/v10/models"), "https://a.com/v10/models");
}

TEST(JoinUpstreamUrl, RefusesPathsThatCouldLeadElsewhere) {
  for (const std::string& wrong :
       {std::string(""), std::string("v1/models"), std::string("//evil.com/x"),
        std::string("/v1//x"), std::string("/v1/../x"), std::string("/v1/x?y"),
        std::string("/v1/x#y"), std::string("/v1/%2e%2e"), std::string("/v1/x\r\nHost: a"),
        std::string("/@evil.com"), "/" + std::string(256, 'a')}) {
    EXPECT_THAT(Joined("https://a.com", wrong), HasSubstr("is no usable API path")) << wrong;
  }
  EXPECT_EQ(Joined("https://a.com", "/" + std::string(255, 'a')),
            "https://a.com/" + std::string(255, 'a'));
}

}  // namespace
}  // namespace lull
