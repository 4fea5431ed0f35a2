// The HTTP port of a whole server: the index, health and the metrics.
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/base/http/socket_client.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

int PortOf(TestServer& server) {
  const std::vector<std::string> parts = absl::StrSplit(server.server().http_address(), ':');
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(parts.back(), &port));
  return port;
}

SocketClient::Answer Fetch(TestServer& server, const std::string& path) {
  SocketClient client(PortOf(server));
  return client.Call("GET", path);
}

// The samples of one scrape, by name with labels as they are written.
std::map<std::string, double> Scrape(TestServer& server) {
  const SocketClient::Answer answer = Fetch(server, "/metrics");
  EXPECT_EQ(answer.status, 200);
  std::map<std::string, double> samples;
  for (const auto line : absl::StrSplit(answer.body, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.rfind(' ');
    double value = 0;
    EXPECT_TRUE(absl::SimpleAtod(line.substr(space + 1), &value)) << line;
    samples[std::string(line.substr(0, space))] = value;
  }
  return samples;
}

TEST(HttpPort, TheIndexSaysWhatThereIs) {
  TestServer server;
  const auto index = Fetch(server, "/");
  EXPECT_EQ(index.status, 200);
  EXPECT_TRUE(absl::StrContains(index.body, "/metrics"));
  EXPECT_TRUE(absl::StrContains(index.body, "/healthz"));
  EXPECT_EQ(Fetch(server, "/nothing").status, 404);
  SocketClient client(PortOf(server));
  EXPECT_EQ(client.Call("POST", "/metrics", "x").status, 405);
}

TEST(HttpPort, HealthFollowsTheServer) {
  TestServer server;
  EXPECT_EQ(Fetch(server, "/healthz").status, 200);
  server.server().Drain();
  EXPECT_EQ(Fetch(server, "/healthz").status, 503);
}

TEST(Metrics, CountWhatHappensToJobs) {
  TestServer server;
  for (int i = 0; i < 3; ++i) server.MustCreate();
  server.clock().Advance(absl::Seconds(2));
  v1::LeaseJobsRequest two = TestServer::LeaseRequest();
  two.set_max_jobs(2);
  const auto leased = server.Lease(two);
  ASSERT_EQ(leased->jobs_size(), 2);
  server.clock().Advance(absl::Seconds(3));
  v1::AttemptResult success = TestServer::Success(leased->jobs(0).lease_token());
  success.mutable_time_to_first_content()->set_seconds(1);
  ASSERT_TRUE(server.Finish(success).ok());
  ASSERT_TRUE(
      server.Finish(TestServer::Failure(leased->jobs(1).lease_token(), v1::OUTCOME_BUSY)).ok());
  v1::AttemptResult stale = success;
  stale.mutable_response()->set_body("{\"late\":1}");
  ASSERT_TRUE(server.Finish(stale).ok());

  std::map<std::string, double> samples = Scrape(server);
  EXPECT_EQ(samples["lull_engine_up"], 1);
  EXPECT_EQ(samples["lull_draining"], 0);
  EXPECT_EQ(samples["lull_jobs_created_total{class=\"standard\"}"], 3);
  EXPECT_EQ(samples["lull_jobs_ended_total{class=\"standard\",state=\"succeeded\"}"], 1);
  EXPECT_EQ(samples["lull_jobs{class=\"standard\",state=\"pending\"}"], 2);
  EXPECT_EQ(samples["lull_jobs{class=\"standard\",state=\"running\"}"], 0);
  EXPECT_EQ(samples["lull_jobs{class=\"batch\",state=\"pending\"}"], 0);
  EXPECT_EQ(samples["lull_attempts_total{outcome=\"succeeded\",route=\"chat\",upstream=\"up\"}"],
            1);
  EXPECT_EQ(samples["lull_attempts_total{outcome=\"busy\",route=\"chat\",upstream=\"up\"}"], 1);
  EXPECT_EQ(samples["lull_job_queue_wait_seconds_count{class=\"standard\"}"], 2);
  EXPECT_EQ(samples["lull_job_queue_wait_seconds_sum{class=\"standard\"}"], 4);
  EXPECT_EQ(samples["lull_job_duration_seconds_sum{class=\"standard\",state=\"succeeded\"}"], 5);
  EXPECT_EQ(samples["lull_attempt_duration_seconds_sum{route=\"chat\",upstream=\"up\"}"], 6);
  EXPECT_EQ(samples["lull_attempt_first_content_seconds_sum{route=\"chat\",upstream=\"up\"}"], 1);
  EXPECT_EQ(samples["lull_tokens_total{class=\"standard\",kind=\"completion\",route=\"chat\"}"], 5);
  EXPECT_EQ(samples["lull_workers"], 1);
  EXPECT_EQ(samples["lull_leases"], 0);
  EXPECT_EQ(samples["lull_upstream_in_flight{upstream=\"up\"}"], 0);
  EXPECT_GT(samples["lull_upstream_concurrency_limit{upstream=\"up\"}"], 0);
  EXPECT_EQ(samples["lull_body_cache_hits_total"], 2);
  EXPECT_GT(samples["lull_live_request_bytes"], 0);
  EXPECT_GE(samples["lull_commit_duration_seconds_count"], 4);
  EXPECT_GT(samples["lull_store_file_bytes"] + samples["lull_store_log_bytes"], 0);
  EXPECT_EQ(samples["lull_rpcs_total{code=\"OK\",method=\"lull.v1.JobService/CreateJob\"}"], 3);
  EXPECT_EQ(samples["lull_rpcs_in_flight{method=\"lull.v1.JobService/CreateJob\"}"], 0);
  EXPECT_GT(samples["process_resident_memory_bytes"], 1e6);
  EXPECT_GT(samples["process_cpu_seconds_total"], 0);
  EXPECT_GT(samples["process_open_fds"], 3);
  EXPECT_GT(samples["process_start_time_seconds"], 1.6e9);
}

TEST(Metrics, CountErrorsByCode) {
  TestServer server;
  ASSERT_FALSE(server.Get("nonsense").ok());
  std::map<std::string, double> samples = Scrape(server);
  EXPECT_EQ(samples["lull_rpcs_total{code=\"NOT_FOUND\",method=\"lull.v1.JobService/GetJob\"}"], 1);
}

TEST(Metrics, AgreeWithWhatWasSubmittedAcrossARestart) {
  TestServer server;
  server.MustCreate();
  server.MustLease();
  server.Restart();
  std::map<std::string, double> samples = Scrape(server);
  EXPECT_EQ(samples["lull_jobs{class=\"standard\",state=\"running\"}"], 1);
  EXPECT_EQ(samples["lull_recoveries_total"], 1);
}

// Neither tenants nor ids nor anything a client chose stands in a label.
TEST(Metrics, NothingFromAClientIsALabel) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob("my-request-id");
  (*request.mutable_job()->mutable_labels())["canary-key"] = "canary-value";
  const v1::Job job = server.MustCreate(request);
  server.MustLease("canary-worker");
  const std::string body = Fetch(server, "/metrics").body;
  for (const std::string& secret : {job.id(), std::string("canary"), std::string("my-request-id"),
                                    std::string("default"), std::string("m1")}) {
    EXPECT_FALSE(absl::StrContains(body, absl::StrCat("\"", secret))) << secret;
  }
}

TEST(Metrics, FollowTheConventions) {
  TestServer server;
  server.MustCreate();
  const std::string body = Fetch(server, "/metrics").body;
  for (const auto line : absl::StrSplit(body, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    if (words.size() < 4 || words[0] != "#") continue;
    const absl::string_view name = words[2];
    EXPECT_TRUE(absl::StartsWith(name, "lull_") || absl::StartsWith(name, "process_")) << line;
    if (words[1] == "TYPE") {
      EXPECT_EQ(words[3] == "counter", absl::EndsWith(name, "_total")) << line;
    }
  }
  // The judge of it, where it is installed.
  if (std::ifstream("/usr/bin/promtool").good()) {
    const std::string file = absl::StrCat(::testing::TempDir(), "/metrics.txt");
    std::ofstream(file) << body;
    EXPECT_EQ(std::system(absl::StrCat("/usr/bin/promtool check metrics < ", file).c_str()), 0);
  }
}

// The rows of docs/metrics.md about the server: name to type.
std::map<std::string, std::string> DocumentedMetrics() {
  std::ifstream file("docs/metrics.md");
  std::map<std::string, std::string> metrics;
  for (std::string line; std::getline(file, line);) {
    if (line == "## The worker") break;
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    const std::string name(absl::StripAsciiWhitespace(cells[1]));
    metrics[name.substr(1, name.size() - 2)] = std::string(absl::StripAsciiWhitespace(cells[2]));
  }
  return metrics;
}

TEST(Metrics, AreThoseThatTheDocumentationNames) {
  TestServer server;
  server.MustCreate();
  v1::AttemptResult success = TestServer::Success(server.MustLease().lease_token());
  success.mutable_time_to_first_content()->set_seconds(1);
  ASSERT_TRUE(server.Finish(success).ok());
  const std::string body = Fetch(server, "/metrics").body;
  std::map<std::string, std::string> served;
  for (const auto line : absl::StrSplit(body, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 4 && words[1] == "TYPE") served[words[2]] = words[3];
  }
  EXPECT_EQ(served, DocumentedMetrics());
}

TEST(Metrics, WhatHasNotHappenedYetIsZeroForEveryClass) {
  TestServer server;
  const std::map<std::string, double> samples = Scrape(server);
  for (const char* name : {"interactive", "standard", "batch"}) {
    const std::string label = absl::StrCat("{class=\"", name, "\"");
    EXPECT_EQ(samples.count(absl::StrCat("lull_jobs_created_total", label, "}")), 1u) << name;
    for (const char* state : {"succeeded", "failed", "cancelled", "expired"}) {
      EXPECT_EQ(
          samples.count(absl::StrCat("lull_jobs_ended_total", label, ",state=\"", state, "\"}")),
          1u)
          << name << state;
    }
  }
}

TEST(Metrics, WithoutTheEngineTheRestIsStillThere) {
  TestServer server;
  server.MustCreate();
  SocketClient client(PortOf(server));
  // The HTTP port is the last to stop; a scrape while the engine stops must not hang.
  ASSERT_EQ(client.Call("GET", "/metrics").status, 200);
  server.server().Stop();
  EXPECT_NE(client.Call("GET", "/metrics").status, 200) << "the port is closed";
}

}  // namespace
}  // namespace lull
