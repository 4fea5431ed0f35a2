#include "base/url/host_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

TEST(ParseHostPort, TakesHostsAndPorts) {
  const auto address = ParseHostPort("Example.COM:7411");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->host, "example.com");
  EXPECT_EQ(address->port, 7411);
  EXPECT_FALSE(address->local);
  EXPECT_EQ(ParseHostPort("0.0.0.0:0")->port, 0);
  EXPECT_EQ(ParseHostPort("[::]:65535")->host, "[::]");
}

TEST(ParseHostPort, TakesUnixSockets) {
  const auto address = ParseHostPort("unix:/run/lull/lull.sock");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->unix_path, "/run/lull/lull.sock");
  EXPECT_EQ(address->host, "");
  EXPECT_TRUE(address->local);
}

TEST(ParseHostPort, KnowsWhatOnlyThisMachineReaches) {
  for (const char* local :
       {"localhost:1", "LOCALHOST:1", "a.localhost:1", "127.0.0.1:1", "127.255.0.9:1", "[::1]:1"}) {
    EXPECT_TRUE(ParseHostPort(local)->local) << local;
  }
  for (const char* open : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "127.example.com:1",
                           "localhost.example.com:1", "notlocalhost:1"}) {
    EXPECT_FALSE(ParseHostPort(open)->local) << open;
  }
}

TEST(ParseHostPort, RefusesEverythingElse) {
  for (const char* wrong : {"",
                            ":",
                            "7411",
                            "localhost",
                            "localhost:",
                            ":7411",
                            "localhost:65536",
                            "localhost:-1",
                            "localhost: 1",
                            "localhost:1x",
                            "127.1:80",
                            "0x7f.0.0.1:80",
                            "127.0.0.01:80",
                            "127.0.0.256:80",
                            "::1:80",
                            "[::1:80",
                            "[g]:80",
                            "-a:80",
                            "a..b:80",
                            "a b:80",
                            "unix:",
                            "unix:relative",
                            "http://localhost:80"}) {
    const auto address = ParseHostPort(wrong);
    ASSERT_FALSE(address.ok()) << wrong;
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(address.status().message()), HasSubstr("write it like"));
  }
  EXPECT_FALSE(ParseHostPort("unix:/" + std::string(107, 'a')).ok());
  EXPECT_TRUE(ParseHostPort("unix:/" + std::string(106, 'a')).ok());
  EXPECT_FALSE(ParseHostPort(std::string(254, 'a') + ":80").ok());
  EXPECT_TRUE(ParseHostPort(std::string(253, 'a') + ":80").ok());
}

}  // namespace
}  // namespace lull
