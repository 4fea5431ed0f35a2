#include "worker/config/worker_config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Environment Variables(const absl::flat_hash_map<std::string, std::string>& variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

v1::WorkerConfig Parsed(const std::string& text) {
  const auto config =
      ParseWorkerConfig(text, "w.yaml", Variables({{"LULL_TOKEN", "secret-token"}}));
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(v1::WorkerConfig());
}

std::vector<std::string> Errors(const std::string& text) {
  const auto config = ParseWorkerConfig(text, "w.yaml", Variables({}));
  if (config.ok()) return {};
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(config.status().message(), '\n');
}

std::vector<std::string> CredentialErrors(const std::string& entry) {
  return Errors("credentials:\n- {name: a, " + entry + "}\n");
}

TEST(WorkerConfigFile, HasAllDefaultsForAnEmptyFile) {
  const v1::WorkerConfig config = Parsed("");
  EXPECT_EQ(config.server().address(), "127.0.0.1:7411");
  EXPECT_NE(config.worker_id(), "");
  EXPECT_EQ(config.max_in_flight(), 64);
  EXPECT_EQ(config.lease_polls(), 2);
  EXPECT_EQ(config.max_lease_bytes(), 8 << 20);
  EXPECT_EQ(config.drain_grace().seconds(), 30);
  EXPECT_EQ(config.metrics_address(), "");
  EXPECT_THAT(config.credentials(), IsEmpty());
}

TEST(WorkerConfigFile, KeepsWhatIsGiven) {
  const v1::WorkerConfig config = Parsed(R"(
server:
  address: lull.example:7411
  ca_file: /etc/lull/ca.pem
  token: ${LULL_TOKEN}
worker_id: w1
max_in_flight: 5
lease_polls: 3
max_lease_bytes: 1MiB
drain_grace: 0s
tags: [network=a]
credentials:
- {name: a, env: A_KEY, origins: ["https://a.example", "http://127.0.0.1:8000"]}
- {name: b, file: "systemd:b", origins: ["http://10.0.0.5:8000"]}
allow_plain_http: ["http://10.0.0.5:8000"]
metrics_address: 127.0.0.1:0
)");
  EXPECT_EQ(config.server().address(), "lull.example:7411");
  EXPECT_EQ(config.server().token(), "secret-token");
  EXPECT_EQ(config.worker_id(), "w1");
  EXPECT_EQ(config.max_in_flight(), 5);
  EXPECT_EQ(config.lease_polls(), 3);
  EXPECT_EQ(config.max_lease_bytes(), 1 << 20);
  EXPECT_TRUE(config.has_drain_grace());
  EXPECT_EQ(config.drain_grace().seconds(), 0);
  EXPECT_EQ(config.credentials_size(), 2);
  EXPECT_EQ(config.credentials(1).file(), "systemd:b");
}

TEST(WorkerConfigFile, ChecksWhereKeysAreAndGo) {
  EXPECT_THAT(
      CredentialErrors("origins: [\"https://a.example\"]"),
      ElementsAre("w.yaml:2: credentials[0]: needs env or file, which say where its key is"));
  EXPECT_THAT(CredentialErrors("env: A, file: b, origins: [\"https://a.example\"]"),
              ElementsAre(HasSubstr("cannot be given together with \"env\"")));
  EXPECT_THAT(CredentialErrors("env: A"),
              ElementsAre("w.yaml:2: credentials[0].origins: is missing and has to be given"));
  EXPECT_THAT(CredentialErrors("env: A, origins: [\"https://a.example/v1\"]"),
              ElementsAre("w.yaml:2: credentials[0].origins[0]: has a path; the origin alone is "
                          "\"https://a.example\""));
  EXPECT_THAT(CredentialErrors("env: A, origins: [\"http://a.example\"]"),
              ElementsAre(HasSubstr("credentials[0].origins[0]: \"http://a.example\" would get the "
                                    "key without TLS")));
  EXPECT_THAT(CredentialErrors("env: A, origins: [a.example]"),
              ElementsAre(HasSubstr("does not begin with https://")));
  EXPECT_THAT(CredentialErrors("file: \"\", origins: [\"https://a.example\"]"),
              ElementsAre(HasSubstr("credentials[0].file: is empty")));
  EXPECT_THAT(
      Errors("credentials:\n"
             "- {name: a, env: A, origins: [\"https://a.example\"]}\n"
             "- {name: a, env: B, origins: [\"https://a.example\"]}\n"),
      ElementsAre("w.yaml:3: credentials[1].name: \"a\" is taken already, by credentials[0] "
                  "in line 2"));
}

TEST(WorkerConfigFile, DoesNotRepeatAKeyThatWasWrittenIntoTheFile) {
  for (const char* entry : {"env: sk-12345, origins: [\"https://a.example\"]",
                            "key: sk-12345, env: A, origins: [\"https://a.example\"]",
                            "env: A, origins: [\"https://sk-12345@a.example\"]"}) {
    const std::vector<std::string> errors = CredentialErrors(entry);
    ASSERT_EQ(errors.size(), 1u) << entry;
    EXPECT_THAT(errors[0], Not(HasSubstr("sk-12345")));
  }
  EXPECT_THAT(Errors("server: {token: sk-12345}"),
              ElementsAre(HasSubstr("server.token: is a secret, which does not belong")));
}

TEST(WorkerConfigFile, ChecksPlainOrigins) {
  EXPECT_THAT(Errors("allow_plain_http: [\"https://a.example\"]"),
              ElementsAre(HasSubstr("allow_plain_http[0]: is https, which is always allowed")));
  EXPECT_THAT(Errors("allow_plain_http: [\"http://a.example/x\"]"),
              ElementsAre(HasSubstr("allow_plain_http[0]: has a path")));
}

TEST(WorkerConfigFile, ChecksTheConnectionToTheServer) {
  EXPECT_THAT(
      Errors("server: {address: \"lull.example:7411\"}"),
      ElementsAre(HasSubstr("server.address: \"lull.example:7411\" is not on this machine")));
  EXPECT_THAT(Errors("server: {address: \"lull.example:7411\", allow_insecure: true}"), IsEmpty());
  EXPECT_THAT(Errors("server: {address: \"lull.example:7411\", ca_file: a}"), IsEmpty());
  EXPECT_THAT(Errors("server: {address: \"unix:/run/lull.sock\"}"), IsEmpty());
  EXPECT_THAT(Errors("server: {address: \"127.0.0.1:0\"}"),
              ElementsAre(HasSubstr("has the port 0")));
  EXPECT_THAT(Errors("server: {address: lull}"), ElementsAre(HasSubstr("the port is missing")));
  EXPECT_THAT(Errors("server: {ca_file: a, certificate_file: b}"),
              ElementsAre(HasSubstr("server.certificate_file: needs server.key_file")));
  EXPECT_THAT(Errors("server: {ca_file: a, key_file: b}"),
              ElementsAre(HasSubstr("server.key_file: needs server.certificate_file")));
  EXPECT_THAT(Errors("server: {token: \"${LULL_TOKEN}\"}"),
              ElementsAre(HasSubstr("the environment variable LULL_TOKEN is not set")));
  const auto both = ParseWorkerConfig("server: {token: \"${LULL_TOKEN}\", token_file: a}", "w.yaml",
                                      Variables({{"LULL_TOKEN", "x"}}));
  EXPECT_THAT(std::string(both.status().message()), HasSubstr("cannot be given together"));
}

TEST(WorkerConfigFile, ChecksNumbers) {
  EXPECT_THAT(Errors("max_in_flight: 0"),
              ElementsAre("w.yaml:1: max_in_flight: 0 is not allowed: from 1 to 10000 is"));
  EXPECT_THAT(Errors("lease_polls: 17"), ElementsAre(HasSubstr("lease_polls: 17")));
  EXPECT_THAT(Errors("max_lease_bytes: 25MiB"),
              ElementsAre(HasSubstr("max_lease_bytes: 26214400")));
  EXPECT_THAT(Errors("drain_grace: 2h"), ElementsAre(HasSubstr("drain_grace: 2h")));
  EXPECT_THAT(Errors("worker_id: \"a b\""), ElementsAre(HasSubstr("worker_id: \"a b\"")));
  EXPECT_THAT(Errors("worker_id: " + std::string(41, 'a')), ElementsAre(HasSubstr("1 to 40")));
  EXPECT_THAT(Errors("metrics_address: \"unix:/a\""), ElementsAre(HasSubstr("metrics_address")));
}

TEST(WorkerConfigFile, TheExampleIsRight) {
  const auto config = LoadWorkerConfig("tools/deploy/worker.example.yaml", Variables({}));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->credentials_size(), 2);
  EXPECT_EQ(LoadWorkerConfig("missing.yaml", Variables({})).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(WorkerConfigFromEnvironment, HoldsTheKeyForTheBaseUrlsOriginOnly) {
  const auto config = WorkerConfigFromEnvironment(
      Variables({{"LULL_API_KEY", "sk-12345"}, {"LULL_BASE_URL", "https://API.deepseek.com/v1"}}));
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->credentials_size(), 1);
  EXPECT_EQ(config->credentials(0).name(), "default");
  EXPECT_EQ(config->credentials(0).env(), "LULL_API_KEY");
  EXPECT_THAT(config->credentials(0).origins(), ElementsAre("https://api.deepseek.com"));
  EXPECT_THAT(config->DebugString(), Not(HasSubstr("sk-12345")));
}

TEST(WorkerConfigFromEnvironment, HasNoCredentialWithoutAKey) {
  const auto config = WorkerConfigFromEnvironment(Variables({}));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->credentials(), IsEmpty());
  EXPECT_EQ(config->server().address(), "127.0.0.1:7411");
}

TEST(WorkerConfigFromEnvironment, NamesTheVariableThatIsWrong) {
  const auto message = [](const absl::flat_hash_map<std::string, std::string>& variables) {
    return std::string(WorkerConfigFromEnvironment(Variables(variables)).status().message());
  };
  EXPECT_THAT(message({{"LULL_API_KEY", "sk-12345"}}), HasSubstr("LULL_BASE_URL is not"));
  EXPECT_THAT(message({{"LULL_API_KEY", "sk-12345"}, {"LULL_BASE_URL", "x"}}),
              HasSubstr("LULL_BASE_URL: \"x\" is not a usable upstream URL"));
  EXPECT_THAT(message({{"LULL_API_KEY", "sk-12345"}, {"LULL_BASE_URL", "http://a.example"}}),
              HasSubstr("would get the key without TLS"));
}

}  // namespace
}  // namespace lull
