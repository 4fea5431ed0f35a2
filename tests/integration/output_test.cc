// A client that watches sees the tokens of a streamed answer while it arrives.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "proto/job_service.grpc.pb.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr int kJobs = 4;
// Long enough for a piece to be under way while the next tokens come.
constexpr char kScript[] = R"({"chunk_wait_s":0.1,"output_tokens":40})";

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
classes:
  - {name: standard}
upstreams:
  - name: busy
    base_url: ")",
                      busy.base_url(), R"("
    credential: key
    headers: {X-Busy-Script: ')",
                      kScript, R"('}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: busy}]}
)");
}

// What one job's watcher got.
struct Watched {
  std::string text;
  int pieces = 0;
  int attempt = 0;
  bool ended = false;
};

std::vector<json> EventsOf(const std::string& stream) {
  std::vector<json> events;
  for (absl::string_view event : absl::StrSplit(stream, "\n\n", absl::SkipEmpty())) {
    EXPECT_TRUE(absl::ConsumePrefix(&event, "data: ")) << event;
    if (event == "[DONE]") continue;
    events.push_back(json::parse(event.begin(), event.end(), nullptr, false));
    EXPECT_TRUE(events.back().is_object()) << event;
  }
  return events;
}

class OutputTest : public testing::Test {
 protected:
  OutputTest() : busy_({"--slots=100", "--latency-ms=20"}), server_(Config(busy_)) {
    server_.Start();
    WorkerOptions options;
    options.origins = {busy_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
    driver_ = std::make_unique<JobDriver>(server_.address());
    stub_ = v1::JobService::NewStub(
        grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()));
  }

  std::string SubmitStreamed(int number) {
    const json body = {
        {"model", "m"},
        {"stream", true},
        {"messages", {{{"role", "user"}, {"content", absl::StrCat("no ", number)}}}}};
    return driver_->SubmitOne("standard", [&](v1::Job* job) {
      (*job->mutable_labels())["watched"] = "yes";
      job->mutable_request()->set_body(body.dump());
    });
  }

  BusyProcess busy_;
  ServerProcess server_;
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<JobDriver> driver_;
  std::unique_ptr<v1::JobService::Stub> stub_;
};

TEST_F(OutputTest, AWatcherSeesTheTokensBeforeTheJobEnds) {
  ASSERT_FALSE(HasFailure());
  grpc::ClientContext context;
  v1::WatchJobsRequest request;
  (*request.mutable_create_labels()->mutable_labels())["watched"] = "yes";
  request.set_include_output(true);
  const auto reader = stub_->WatchJobs(&context, request);
  v1::WatchJobsResponse message;
  while (reader->Read(&message) && !message.has_synced()) {
  }
  ASSERT_TRUE(message.has_synced());
  std::map<std::string, Watched> watched;
  for (int i = 0; i < kJobs; ++i) watched[SubmitStreamed(i)] = Watched();
  int ended = 0;
  while (ended < kJobs && reader->Read(&message)) {
    if (message.has_output()) {
      Watched& of_job = watched.at(message.output().job_id());
      EXPECT_FALSE(of_job.ended) << "output after the end";
      EXPECT_EQ(message.output().offset(), static_cast<int64_t>(of_job.text.size()));
      if (of_job.pieces++ == 0) {
        EXPECT_EQ(driver_->Get(message.output().job_id()).state(), v1::JOB_STATE_RUNNING);
      }
      of_job.text += message.output().data();
      of_job.attempt = message.output().attempt_number();
    }
    for (const v1::JobEvent& event : message.events().events()) {
      if (event.type() != v1::JOB_EVENT_TYPE_ENDED) continue;
      watched.at(event.job_id()).ended = true;
      ++ended;
    }
  }
  context.TryCancel();
  ASSERT_EQ(ended, kJobs);
  for (const auto& [id, of_job] : watched) {
    SCOPED_TRACE(of_job.text);
    std::printf("%s: %d pieces, %d bytes\n", id.c_str(), of_job.pieces,
                static_cast<int>(of_job.text.size()));
    EXPECT_GE(of_job.pieces, 3);
    EXPECT_EQ(of_job.attempt, 1);
    EXPECT_TRUE(absl::EndsWith(of_job.text, "data: [DONE]\n\n"));
    std::string content;
    for (const json& event : EventsOf(of_job.text)) {
      if (event["choices"].empty()) continue;
      content += event["choices"][0]["delta"].value("content", "");
    }
    const v1::Job job = driver_->Get(id);
    const json answer = json::parse(job.response().body());
    EXPECT_EQ(content, answer["choices"][0]["message"]["content"].get<std::string>());
  }
}

}  // namespace
}  // namespace lull
