// Watching after the log was pruned, over a real channel, and how much was removed.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tests/base/http/socket_client.h"
#include "tests/server/test_server.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr char kConfig[] = "retention: {finished_jobs: 2h, events: 1h}\n";

// The value of a metric without labels.
double Metric(TestServer& server, const std::string& name) {
  const std::string& address = server.server().http_address();
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  SocketClient client(port);
  const std::string page = client.Call("GET", "/metrics").body;
  const std::string before = absl::StrCat("\n", name, " ");
  const size_t found = page.find(before);
  EXPECT_NE(found, std::string::npos) << name;
  double value = -1;
  const size_t begin = found + before.size();
  EXPECT_TRUE(absl::SimpleAtod(page.substr(begin, page.find('\n', begin) - begin), &value));
  return value;
}

// Lets time pass until the metric shows so many.
void AwaitPruned(TestServer& server, const std::string& name, double count) {
  EXPECT_TRUE(PollUntil(absl::Seconds(60), [&] {
    server.clock().Advance(absl::Seconds(10));
    return Metric(server, name) >= count;
  })) << name;
  EXPECT_EQ(Metric(server, name), count);
}

struct WatchEnd {
  std::vector<v1::JobEvent> events;
  grpc::Status status;
};

// Events after that number: as many, or until the stream ends.
WatchEnd Watch(TestServer& server, int64_t resume_after, size_t count) {
  grpc::ClientContext context;
  TestServer::SetDeadline(&context, absl::Seconds(30));
  v1::WatchJobsRequest request;
  (*request.mutable_create_labels()->mutable_labels())["team"] = "ours";
  request.set_resume_after(resume_after);
  const auto reader = server.jobs().WatchJobs(&context, request);
  WatchEnd end;
  v1::WatchJobsResponse message;
  while (end.events.size() < count && reader->Read(&message)) {
    end.events.insert(end.events.end(), message.events().events().begin(),
                      message.events().events().end());
  }
  if (end.events.size() >= count) context.TryCancel();
  end.status = reader->Finish();
  return end;
}

std::string OldestSeq(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.metadata().at("oldest_seq");
  }
  return "";
}

v1::CreateJobRequest Labelled() {
  v1::CreateJobRequest request = TestServer::GoodJob();
  (*request.mutable_job()->mutable_labels())["team"] = "ours";
  return request;
}

TEST(PrunedEvents, ResumingFromBeforeTheOldestSaysThatTheyAreGoneAndWhichIsTheOldest) {
  TestServer server(kConfig);
  for (int i = 0; i < 3; ++i) server.MustSucceed(Labelled());  // events 1 to 9
  EXPECT_EQ(Metric(server, "lull_pruned_events_total"), 0);
  server.clock().Advance(absl::Hours(1));
  server.MustSucceed(Labelled());  // events 10 to 12
  AwaitPruned(server, "lull_pruned_events_total", 9);
  EXPECT_EQ(Metric(server, "lull_events_kept"), 3);
  EXPECT_EQ(Metric(server, "lull_pruned_jobs_total"), 0) << "they are kept longer";

  for (const bool restarted : {false, true}) {
    if (restarted) server.Restart();
    for (const int64_t gone : {0, 4, 8}) {
      const WatchEnd end = Watch(server, gone, 1);
      EXPECT_EQ(end.status.error_code(), grpc::StatusCode::OUT_OF_RANGE) << gone;
      EXPECT_EQ(ReasonOf(end.status), "EVENTS_GONE");
      EXPECT_EQ(OldestSeq(end.status), "10");
      EXPECT_TRUE(end.events.empty());
    }
    const WatchEnd kept = Watch(server, 9, 3);
    ASSERT_EQ(kept.events.size(), 3u) << kept.status.error_message();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(kept.events[i].seq(), 10 + i);
  }
}

TEST(PrunedEvents, JobsThatAreRemovedAreCounted) {
  TestServer server(kConfig);
  for (int i = 0; i < 4; ++i) server.MustSucceed();
  const std::string waiting = server.MustCreate().id();
  server.clock().Advance(absl::Hours(2));
  AwaitPruned(server, "lull_pruned_jobs_total", 4);
  EXPECT_TRUE(server.Get(waiting).ok());
}

}  // namespace
}  // namespace lull
