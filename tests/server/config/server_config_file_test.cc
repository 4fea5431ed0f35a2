#include "server/config/server_config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/config/server_config_defaults.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::ServerConfig Parsed(const std::string& text) {
  const auto config = ParseServerConfig(text, "s.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(v1::ServerConfig());
}

std::vector<std::string> Errors(const std::string& text) {
  const auto config = ParseServerConfig(text, "s.yaml");
  if (config.ok()) return {};
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(config.status().message(), '\n');
}

// The errors of one class with this key, which stands in line 2.
std::vector<std::string> ClassErrors(const std::string& entry) {
  return Errors("classes:\n- {name: a, " + entry + "}\n");
}

constexpr char kUpstreams[] = R"(
accounts:
- name: acc
upstreams:
- {name: one, base_url: https://one.example/v1, account: acc}
- {name: two, base_url: http://127.0.0.1:8000}
)";

TEST(ServerConfigFile, HasAllDefaultsForAnEmptyFile) {
  const v1::ServerConfig config = Parsed("");
  EXPECT_EQ(config.grpc_address(), "127.0.0.1:7411");
  EXPECT_EQ(config.http_address(), "127.0.0.1:7412");
  EXPECT_EQ(config.data_dir(), "./lull-data");
  EXPECT_EQ(config.currency(), "USD");
  EXPECT_EQ(config.default_class(), "standard");
  EXPECT_EQ(config.lease().duration().seconds(), 30);
  EXPECT_TRUE(config.send_request_id());
  EXPECT_EQ(config.limits().max_request_body_bytes(), 4 << 20);
  EXPECT_EQ(config.limits().max_response_body_bytes(), 16 << 20);
  EXPECT_EQ(config.limits().max_live_jobs_per_tenant(), config.limits().max_live_jobs());
  EXPECT_EQ(config.retention().request_ids().seconds(), 24 * 3600);
  ASSERT_EQ(config.classes_size(), 3);
  EXPECT_EQ(config.classes(0).name(), "interactive");
  EXPECT_EQ(config.classes(1).name(), "standard");
  EXPECT_EQ(config.classes(2).name(), "batch");
  for (const v1::ClassConfig& class_config : config.classes()) {
    EXPECT_EQ(class_config.ttl().seconds(), 24 * 3600);
    EXPECT_EQ(class_config.max_attempts(), 3);
    EXPECT_EQ(class_config.max_dispatches(), 200);
    EXPECT_EQ(class_config.on_unknown(), v1::ON_UNKNOWN_RETRY);
    EXPECT_EQ(class_config.backoff().base().seconds(), 1);
    EXPECT_EQ(class_config.backoff().cap().seconds(), 10);
    EXPECT_EQ(class_config.time_limits().connect().seconds(), 10);
    EXPECT_GE(class_config.guaranteed_share(), kMinGuaranteedShare);
    EXPECT_EQ(class_config.max_share(), 1);
    EXPECT_FALSE(class_config.has_quiet_hours());
  }
  EXPECT_THAT(config.upstreams(), IsEmpty());
}

TEST(ServerConfigFile, KeepsWhatIsGiven) {
  const v1::ServerConfig config = Parsed(
      "lease: {duration: 5s}\n"
      "send_request_id: false\n"
      "classes:\n"
      "- name: slow\n"
      "  backoff: {cap: 250ms, base: 250ms}\n"
      "  max_attempts: 1\n"
      "  limits: {requests: {count: 5}}\n"
      "- name: standard\n");
  EXPECT_EQ(config.lease().duration().seconds(), 5);
  EXPECT_FALSE(config.send_request_id());
  ASSERT_EQ(config.classes_size(), 2);
  EXPECT_EQ(config.classes(0).backoff().cap().seconds(), 0);
  EXPECT_EQ(config.classes(0).backoff().cap().nanos(), 250'000'000);
  EXPECT_EQ(config.classes(0).max_attempts(), 1);
  EXPECT_EQ(config.classes(0).limits().requests().window().seconds(), 60);
  EXPECT_EQ(config.default_class(), "standard");
  EXPECT_EQ(Parsed("classes: [{name: a}, {name: b}]").default_class(), "a");
}

TEST(ServerConfigFile, GivesEveryUpstreamAnAccountAndEveryGroupAModel) {
  const v1::ServerConfig config = Parsed(absl::StrCat(
      kUpstreams,
      "route_groups:\n- {name: chat, upstreams: [{upstream: one}, {upstream: two}]}\n"));
  ASSERT_EQ(config.accounts_size(), 2);
  EXPECT_EQ(config.accounts(1).name(), "two");
  EXPECT_EQ(config.upstreams(0).account(), "acc");
  EXPECT_EQ(config.upstreams(1).account(), "two");
  EXPECT_EQ(config.upstreams(1).kind(), v1::UPSTREAM_KIND_PRIMARY);
  EXPECT_THAT(config.route_groups(0).models(), ElementsAre("chat"));
  EXPECT_EQ(config.route_groups(0).upstreams(0).weight(), 1);
}

TEST(ServerConfigFile, UsesTheAccountWithTheUpstreamsName) {
  const v1::ServerConfig config = Parsed(
      "accounts: [{name: one, concurrency: 5}]\n"
      "upstreams: [{name: one, base_url: https://one.example}]\n");
  ASSERT_EQ(config.accounts_size(), 1);
  EXPECT_EQ(config.upstreams(0).account(), "one");
}

TEST(ServerConfigFile, ReportsErrorsOfFormAndMeaningTogether) {
  EXPECT_THAT(
      Errors("grpc_adress: 127.0.0.1:1\n"
             "classes:\n"
             "- name: fast\n"
             "  max_attempts: 0\n"
             "  ttl: 1x\n"
             "- priority: 5\n"
             "- name: fast\n"
             "upstreams:\n"
             "- name: one\n"
             "  base_url: http://one.example\n"
             "  account: missing\n"
             "route_groups:\n"
             "- name: chat\n"
             "  upstreams:\n"
             "  - {upstream: onne, weight: 0}\n"),
      ElementsAre(
          "s.yaml:1: grpc_adress: unknown key, did you mean \"grpc_address\"?",
          "s.yaml:4: classes[0].max_attempts: 0 is not allowed: from 1 to 100 is",
          HasSubstr("s.yaml:5: classes[0].ttl: \"1x\" is not a length of time"),
          "s.yaml:6: classes[1].name: is missing and has to be given",
          "s.yaml:7: classes[2].name: \"fast\" is taken already, by classes[0] in line 3",
          HasSubstr("s.yaml:10: upstreams[0].base_url: \"http://one.example\" would be called "
                    "without TLS"),
          "s.yaml:11: upstreams[0].account: there is no account \"missing\"",
          "s.yaml:15: route_groups[0].upstreams[0].upstream: there is no upstream \"onne\", did "
          "you "
          "mean \"one\"?",
          "s.yaml:15: route_groups[0].upstreams[0].weight: 0 is not allowed: from 1 to 1000 is"));
}

TEST(ServerConfigFile, ChecksClasses) {
  EXPECT_THAT(ClassErrors("priority: 101"), ElementsAre(HasSubstr("classes[0].priority: 101")));
  EXPECT_THAT(ClassErrors("guaranteed_share: 0"),
              ElementsAre("s.yaml:2: classes[0].guaranteed_share: 0 is not allowed: from 0.01 to 1 "
                          "is"));
  EXPECT_THAT(ClassErrors("guaranteed_share: 0.5, max_share: 0.4"),
              ElementsAre(HasSubstr("classes[0].max_share: 0.4 is not allowed: from 0.5 to 1")));
  EXPECT_THAT(ClassErrors("ttl: 367d"), ElementsAre(HasSubstr("classes[0].ttl")));
  EXPECT_THAT(ClassErrors("ttl: 0s"), ElementsAre(HasSubstr("classes[0].ttl: 0 is not allowed")));
  EXPECT_THAT(ClassErrors("max_dispatches: 10001"), ElementsAre(HasSubstr("max_dispatches")));
  EXPECT_THAT(
      ClassErrors("backoff: {base: 5s, cap: 4s}"),
      ElementsAre("s.yaml:2: classes[0].backoff.cap: 4s is not allowed: from 5s to 24h is"));
  EXPECT_THAT(ClassErrors("time_limits: {total: 50ms}"),
              ElementsAre(HasSubstr("classes[0].time_limits.total: 50ms is not allowed")));
  EXPECT_THAT(ClassErrors("on_unknown: maybe"), ElementsAre(HasSubstr("not one of retry, fail")));
}

TEST(ServerConfigFile, ChecksLimits) {
  EXPECT_THAT(ClassErrors("limits: {concurrency: 0}"),
              ElementsAre(HasSubstr("classes[0].limits.concurrency: 0 is not allowed: from 1")));
  EXPECT_THAT(ClassErrors("limits: {requests: {window: 1m}}"),
              ElementsAre("s.yaml:2: classes[0].limits.requests.count: is missing and has to be "
                          "given"));
  EXPECT_THAT(ClassErrors("limits: {requests: {count: 5, window: 25h}}"),
              ElementsAre(HasSubstr("classes[0].limits.requests.window: 25h is not allowed")));
  EXPECT_THAT(ClassErrors("limits: {requests: {count: 1000001}}"),
              ElementsAre(HasSubstr("classes[0].limits.requests.count: 1000001 is not allowed")));
}

TEST(ServerConfigFile, ChecksThatGuaranteesFitTogether) {
  EXPECT_THAT(
      Errors("classes:\n- {name: a, guaranteed_share: 0.6}\n- {name: b, guaranteed_share: 0.4}\n"),
      IsEmpty());
  EXPECT_THAT(
      Errors("classes:\n- {name: a, guaranteed_share: 0.7}\n- {name: b, guaranteed_share: 0.4}\n"),
      ElementsAre(HasSubstr("s.yaml:1: classes: guarantee a share of 1.1 together")));
  EXPECT_THAT(Errors("classes:\n- {name: a, guaranteed_share: 1}\n- {name: b}\n"),
              ElementsAre(HasSubstr("guarantee a share of 1.01 together")));
}

TEST(ServerConfigFile, ChecksQuietHours) {
  EXPECT_THAT(ClassErrors("quiet_hours: {windows: [{from: \"22:00\", to: \"06:00\"}]}"), IsEmpty());
  EXPECT_THAT(ClassErrors("quiet_hours: {holidays: [2026-10-01]}"), IsEmpty());
  EXPECT_THAT(ClassErrors("quiet_hours: {}"),
              ElementsAre(HasSubstr("s.yaml:2: classes[0].quiet_hours: names no time")));
  EXPECT_THAT(
      ClassErrors("quiet_hours: {windows: [{from: \"22:00\"}]}"),
      ElementsAre("s.yaml:2: classes[0].quiet_hours.windows[0].to: is missing and has to be "
                  "given"));
  EXPECT_THAT(ClassErrors("quiet_hours: {windows: [{from: \"24:00\", to: \"06:60\"}]}"),
              ElementsAre(HasSubstr("windows[0].from: \"24:00\" is not a time of day"),
                          HasSubstr("windows[0].to: \"06:60\" is not a time of day")));
  EXPECT_THAT(ClassErrors("quiet_hours: {holidays: [2026-02-30], time_zone: Mars}"),
              ElementsAre(HasSubstr("time_zone: \"Mars\" is not a time zone"),
                          HasSubstr("holidays[0]: \"2026-02-30\" is not a date")));
  EXPECT_THAT(ClassErrors("quiet_hours: {windows: [{days: [mo], from: \"22:00\", to: \"06:00\"}]}"),
              ElementsAre(HasSubstr("\"mo\" is not one of monday, tuesday")));
}

TEST(ServerConfigFile, ChecksTheDefaultClass) {
  EXPECT_THAT(Errors("default_class: batch\n"), IsEmpty());
  EXPECT_THAT(Errors("default_class: bach\n"),
              ElementsAre("s.yaml:1: default_class: there is no class \"bach\", did you mean "
                          "\"batch\"?"));
  EXPECT_THAT(Errors("default_class: batch\nclasses: [{name: other-name}]\n"),
              ElementsAre("s.yaml:1: default_class: there is no class \"batch\"; there are "
                          "other-name"));
}

TEST(ServerConfigFile, ChecksUpstreams) {
  const auto errors = [](const std::string& entry) {
    return Errors("upstreams:\n- {name: a, base_url: \"https://a.example\", " + entry + "}\n");
  };
  EXPECT_THAT(errors("tags: [region=eu]"), IsEmpty());
  EXPECT_THAT(errors("tags: [\"a b\"]"), ElementsAre(HasSubstr("upstreams[0].tags[0]: \"a b\"")));
  EXPECT_THAT(errors("credential: \"a b\""), ElementsAre(HasSubstr("upstreams[0].credential")));
  EXPECT_THAT(errors("headers: {X-Title: lull}"), IsEmpty());
  EXPECT_THAT(
      errors("headers: {Authorization: x}"),
      ElementsAre("s.yaml:2: upstreams[0].headers.Authorization: is a header that the worker "
                  "sets itself or that may not be sent"));
  EXPECT_THAT(errors("headers: {\"a b\": x}"), ElementsAre(HasSubstr("is not a header's name")));
  EXPECT_THAT(errors("headers: {a: \"x\\r\\nHost: b\"}"),
              ElementsAre(HasSubstr("a value that is not "
                                    "allowed")));
  EXPECT_THAT(errors("kind: local"), ElementsAre(HasSubstr("upstreams[0].kind")));
  EXPECT_THAT(errors("kind: primary"), IsEmpty());
  EXPECT_THAT(Errors("upstreams: [{name: a}]"),
              ElementsAre("s.yaml:1: upstreams[0].base_url: is missing and has to be given"));
  EXPECT_THAT(
      Errors("upstreams: [{name: a, base_url: \"http://a.example\", allow_plain_http: true}]"),
      IsEmpty());
  EXPECT_THAT(Errors("upstreams: [{name: a, base_url: \"http://localhost:1\"}]"), IsEmpty());
  EXPECT_THAT(Errors("upstreams: [{name: a, base_url: \"a.example\"}]"),
              ElementsAre(HasSubstr("it does not begin with https:// or http://")));
}

TEST(ServerConfigFile, ChecksAccounts) {
  EXPECT_THAT(Errors("accounts:\n- {name: a, concurrency: 0}\n"),
              ElementsAre("s.yaml:2: accounts[0].concurrency: 0 is not allowed: from 1 to 1000000 "
                          "is"));
  EXPECT_THAT(Errors("accounts:\n- {name: a}\n- {name: a}\n"),
              ElementsAre(HasSubstr("accounts[1].name: \"a\" is taken already")));
}

TEST(ServerConfigFile, ChecksRouteGroups) {
  const auto errors = [](const std::string& groups) {
    return Errors(absl::StrCat(kUpstreams, "route_groups:\n", groups));
  };
  EXPECT_THAT(errors("- {name: a, models: [x, \"*\"], upstreams: [{upstream: one}]}\n"), IsEmpty());
  EXPECT_THAT(errors("- {name: a}\n"),
              ElementsAre("s.yaml:8: route_groups[0].upstreams: is missing and has to be given"));
  EXPECT_THAT(
      errors("- {name: a, models: [x], upstreams: [{upstream: one}]}\n"
             "- {name: b, models: [y, x], upstreams: [{upstream: one}]}\n"),
      ElementsAre("s.yaml:9: route_groups[1].models[1]: \"x\" is served already, by the route "
                  "group \"a\""));
  EXPECT_THAT(errors("- {name: a, upstreams: [{upstream: one}, {upstream: one}]}\n"),
              ElementsAre(HasSubstr("route_groups[0].upstreams[1]: is in the list already")));
  EXPECT_THAT(errors("- {name: a, upstreams: [{upstream: one}, {upstream: one, model: m}]}\n"),
              IsEmpty());
  EXPECT_THAT(errors("- {name: a, upstreams: [{upstream: one, weight: 1001}]}\n"),
              ElementsAre(HasSubstr("weight: 1001 is not allowed")));
}

TEST(ServerConfigFile, BoundsTheNumberOfThings) {
  std::string classes = "classes:\n";
  for (int i = 0; i < 65; ++i) absl::StrAppend(&classes, "- {name: c", i, "}\n");
  EXPECT_THAT(Errors(classes),
              ElementsAre("s.yaml:1: classes: has 65 entries; from 0 to 64 are allowed"));
  std::string upstreams = "upstreams:\n";
  for (int i = 0; i < 257; ++i) {
    absl::StrAppend(&upstreams, "- {name: u", i, ", base_url: \"https://u.example\"}\n");
  }
  EXPECT_THAT(Errors(upstreams),
              ElementsAre("s.yaml:1: upstreams: has 257 entries; from 0 to 256 are allowed"));
}

TEST(ServerConfigFile, RefusesToListenToStrangersUnlessToldTo) {
  EXPECT_THAT(Errors("grpc_address: 0.0.0.0:7411\n"),
              ElementsAre(HasSubstr("s.yaml:1: grpc_address: \"0.0.0.0:7411\" can be reached by "
                                    "others")));
  EXPECT_THAT(Errors("http_address: \"[::]:7412\"\n"),
              ElementsAre(HasSubstr("s.yaml:1: http_address: \"[::]:7412\" can be reached by "
                                    "others")));
  EXPECT_THAT(Errors("grpc_address: 0.0.0.0:7411\nhttp_address: 0.0.0.0:7412\n"
                     "auth: {allow_insecure_listen: true}\n"),
              IsEmpty());
  EXPECT_THAT(Errors("grpc_address: unix:/run/lull.sock\nhttp_address: none\n"), IsEmpty());
  EXPECT_THAT(Errors("http_address: unix:/run/lull.sock\n"),
              ElementsAre(HasSubstr("cannot be a Unix socket")));
  EXPECT_THAT(Errors("grpc_address: localhost\n"), ElementsAre(HasSubstr("the port is missing")));
}

TEST(ServerConfigFile, ChecksSizesAndTimes) {
  EXPECT_THAT(Errors("limits: {max_request_body_bytes: 17MiB}\n"),
              ElementsAre(HasSubstr("limits.max_request_body_bytes: 17825792 is not allowed")));
  EXPECT_THAT(Errors("limits: {max_inbox_commands: 99}\n"),
              ElementsAre(HasSubstr("limits.max_inbox_commands: 99 is not allowed")));
  EXPECT_THAT(Errors("lease: {duration: 4s}\n"),
              ElementsAre("s.yaml:1: lease.duration: 4s is not allowed: from 5s to 10m is"));
  EXPECT_THAT(Errors("drain_grace: 0s\n"), IsEmpty());
  EXPECT_THAT(Errors("retention: {request_ids: 1h}\n"),
              ElementsAre(HasSubstr("retention.request_ids: 1h is not allowed: from 24h")));
  EXPECT_THAT(Errors("retention: {finished_jobs: 59m, events: 59m}\n"),
              ElementsAre(HasSubstr("retention.finished_jobs: 59m is not allowed: from 1h"),
                          HasSubstr("retention.events: 59m is not allowed: from 1h")));
  EXPECT_THAT(Errors("classes: [{name: a, keep_finished: 59m}]\n"),
              ElementsAre(HasSubstr("classes[0].keep_finished: 59m is not allowed: from 1h")));
  EXPECT_THAT(Errors("retention: {finished_jobs: 1h, events: 1h, max_finished_bytes: 1GiB}\n"
                     "classes: [{name: a, keep_finished: 1h}]\n"
                     "limits: {max_live_bytes: 1GiB}\n"),
              IsEmpty());
  EXPECT_THAT(Errors("currency: usd\n"), ElementsAre(HasSubstr("is not a currency")));
}

TEST(ServerConfigFile, RefusesFieldsThatItWouldIgnore) {
  EXPECT_THAT(Errors("classes:\n- name: a\n  limits:\n    money_per_day: 5\n"),
              ElementsAre("s.yaml:4: classes[0].limits.money_per_day: is not supported by this "
                          "version of lull-server; leave it out"));
  EXPECT_THAT(
      Errors("tls: {certificate_file: a, key_file: b}\n"),
      ElementsAre("s.yaml:1: tls: is not supported by this version of lull-server; leave it "
                  "out"));
}

TEST(ServerConfigFile, DoesNotRepeatATokenThatWasNotHashed) {
  for (const std::string& error :
       Errors("auth: {tokens: [{name: a, sha256: sk-12345, roles: [client]}]}")) {
    EXPECT_THAT(error, Not(HasSubstr("sk-12345")));
  }
}

TEST(ServerConfigFile, ReadsFiles) {
  const std::string path = ::testing::TempDir() + "/server.yaml";
  std::ofstream(path) << "data_dir: /var/lib/lull\n";
  const auto config = LoadServerConfig(path);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->data_dir(), "/var/lib/lull");
  EXPECT_EQ(LoadServerConfig(path + ".missing").status().code(), absl::StatusCode::kNotFound);
}

TEST(ServerConfigFile, TheExampleIsRight) {
  const auto config = LoadServerConfig("tools/deploy/server.example.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->classes_size(), 3);
  EXPECT_EQ(config->upstreams_size(), 2);
}

}  // namespace
}  // namespace lull
