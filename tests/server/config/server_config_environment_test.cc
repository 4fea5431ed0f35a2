// The configuration of a server that has no file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "base/yaml/environment.h"
#include "server/config/plan_from_config.h"
#include "server/config/server_config_file.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment Variables(const absl::flat_hash_map<std::string, std::string>& variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(ServerConfigFromEnvironment, HasTheDefaultsAndNoUpstreamByItself) {
  const auto config = ServerConfigFromEnvironment(Variables({}));
  ASSERT_TRUE(config.ok()) << config.status();
  const auto empty_file = ParseServerConfig("", "s.yaml");
  ASSERT_TRUE(empty_file.ok()) << empty_file.status();
  EXPECT_EQ(config->SerializeAsString(), empty_file->SerializeAsString());
}

TEST(ServerConfigFromEnvironment, RoutesEverythingToTheBaseUrl) {
  const auto config = ServerConfigFromEnvironment(
      Variables({{"LULL_BASE_URL", "https://api.deepseek.com"}, {"LULL_MODEL", "deepseek-chat"}}));
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->upstreams_size(), 1);
  EXPECT_EQ(config->upstreams(0).base_url(), "https://api.deepseek.com");
  EXPECT_EQ(config->upstreams(0).credential(), "default");
  EXPECT_EQ(config->upstreams(0).account(), "default");
  ASSERT_EQ(config->route_groups_size(), 1);
  EXPECT_THAT(config->route_groups(0).models(), ElementsAre("*"));
  EXPECT_EQ(config->route_groups(0).upstreams(0).upstream(), "default");
  EXPECT_EQ(config->route_groups(0).upstreams(0).model(), "deepseek-chat");
  EXPECT_EQ(config->route_groups(0).upstreams(0).weight(), 1);
}

TEST(ServerConfigFromEnvironment, LeavesTheModelAloneWithoutLullModel) {
  const auto config =
      ServerConfigFromEnvironment(Variables({{"LULL_BASE_URL", "http://127.0.0.1:8000/v1"}}));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->route_groups(0).upstreams(0).model(), "");
}

TEST(ServerConfigFromEnvironment, NamesTheVariableThatIsWrong) {
  const auto message = [](const absl::flat_hash_map<std::string, std::string>& variables) {
    return std::string(ServerConfigFromEnvironment(Variables(variables)).status().message());
  };
  EXPECT_THAT(message({{"LULL_BASE_URL", "api.deepseek.com"}}),
              HasSubstr("LULL_BASE_URL: \"api.deepseek.com\" is not a usable upstream URL"));
  EXPECT_THAT(message({{"LULL_BASE_URL", "http://api.deepseek.com"}}),
              HasSubstr("LULL_BASE_URL: \"http://api.deepseek.com\" would be called without TLS"));
  EXPECT_THAT(message({{"LULL_MODEL", "x"}}), HasSubstr("LULL_BASE_URL is not"));
}

TEST(ServerConfigFromEnvironment, MakesAPlan) {
  const auto config = ServerConfigFromEnvironment(
      Variables({{"LULL_BASE_URL", "http://127.0.0.1:8000/v1"}, {"LULL_MODEL", "small"}}));
  ASSERT_TRUE(config.ok()) << config.status();
  const auto plan = PlanFromConfig(*config);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->RouteForModel("whatever"), 0);
  EXPECT_EQ(plan->route_groups[0].members[0].model, "small");
  EXPECT_EQ(plan->upstreams[0].credential, "default");
}

}  // namespace
}  // namespace lull
