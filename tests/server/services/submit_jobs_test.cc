// SubmitJobs over a real channel, store and engine.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/services/submit_stream.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

// A client of one stream.
class Stream {
 public:
  explicit Stream(TestServer& server) : Stream(server.channel()) {}
  explicit Stream(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::JobService::NewStub(channel)) {
    TestServer::SetDeadline(&context_, absl::Minutes(5));
    stream_ = stub_->SubmitJobs(&context_);
  }

  bool Send(const std::vector<v1::CreateJobRequest>& requests) {
    v1::SubmitJobsRequest message;
    for (const v1::CreateJobRequest& request : requests) *message.add_requests() = request;
    return stream_->Write(message);
  }
  void HalfClose() { stream_->WritesDone(); }
  void Cancel() { context_.TryCancel(); }

  // Reads messages until so many results are there, or the stream ends.
  const std::map<int64_t, v1::SubmitResult>& ReadResults(size_t count) {
    v1::SubmitJobsResponse message;
    while (results_.size() < count && stream_->Read(&message)) {
      for (const v1::SubmitResult& result : message.results()) {
        EXPECT_TRUE(results_.emplace(result.index(), result).second)
            << "answered twice: " << result.index();
      }
    }
    return results_;
  }
  // Also reads what is still to come.
  grpc::Status Finish() {
    ReadResults(SIZE_MAX);
    return stream_->Finish();
  }
  const std::map<int64_t, v1::SubmitResult>& results() const { return results_; }

 private:
  const std::unique_ptr<v1::JobService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SubmitJobsRequest, v1::SubmitJobsResponse>> stream_;
  std::map<int64_t, v1::SubmitResult> results_;
};

std::vector<v1::CreateJobRequest> Jobs(int first, int count) {
  std::vector<v1::CreateJobRequest> requests;
  for (int i = first; i < first + count; ++i) {
    requests.push_back(TestServer::GoodJob(absl::StrCat("stream-", i)));
    (*requests.back().mutable_job()->mutable_labels())["place"] = absl::StrCat(i);
  }
  return requests;
}

std::string ReasonIn(const google::rpc::Status& error) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : error.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

TEST(SubmitJobs, AnswersEveryJobByItsPlaceInTheStream) {
  TestServer server;
  Stream stream(server);
  for (int first = 0; first < 500; first += 100) ASSERT_TRUE(stream.Send(Jobs(first, 100)));
  stream.HalfClose();
  EXPECT_TRUE(stream.Finish().ok());
  ASSERT_EQ(stream.results().size(), 500u);
  std::set<std::string> ids;
  for (const auto& [place, result] : stream.results()) {
    ASSERT_TRUE(result.has_job()) << result.DebugString();
    EXPECT_EQ(result.job().labels().at("place"), absl::StrCat(place));
    EXPECT_EQ(result.job().state(), v1::JOB_STATE_PENDING);
    EXPECT_TRUE(ids.insert(result.job().id()).second);
  }
  EXPECT_TRUE(server.Get(*ids.begin()).ok());
}

TEST(SubmitJobs, AWrongJobIsAnsweredByItselfAndDoesNotEndTheStream) {
  TestServer server;
  server.MustCreate(TestServer::GoodJob("used"));
  Stream stream(server);
  std::vector<v1::CreateJobRequest> jobs = Jobs(0, 5);
  jobs[1].mutable_job()->set_priority(77);
  jobs[1].mutable_job()->mutable_request()->set_path("nowhere");
  jobs[2].set_validate_only(true);
  jobs[3].set_request_id("used");
  jobs[4].mutable_max_wait()->set_seconds(1);
  ASSERT_TRUE(stream.Send(jobs));
  EXPECT_EQ(stream.ReadResults(5).size(), 5u);
  ASSERT_TRUE(stream.Send(Jobs(5, 1)));
  stream.HalfClose();
  EXPECT_TRUE(stream.Finish().ok());
  const auto& results = stream.results();
  ASSERT_EQ(results.size(), 6u);
  EXPECT_TRUE(results.at(0).has_job());
  EXPECT_EQ(results.at(1).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::BadRequest violations;
  for (const auto& detail : results.at(1).error().details()) detail.UnpackTo(&violations);
  EXPECT_EQ(violations.field_violations_size(), 2);
  EXPECT_TRUE(absl::StrContains(results.at(2).error().DebugString(), "validate_only"));
  EXPECT_EQ(results.at(3).error().code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonIn(results.at(3).error()), "REQUEST_ID_REUSED");
  EXPECT_EQ(results.at(4).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(results.at(5).has_job());
}

TEST(SubmitJobs, ARepeatedRequestIdGivesTheJobAsItIsNow) {
  TestServer server;
  const v1::Job first = server.MustCreate(TestServer::GoodJob("r1"));
  server.MustLease();
  Stream stream(server);
  ASSERT_TRUE(stream.Send(
      {TestServer::GoodJob("r1"), TestServer::GoodJob("r2"), TestServer::GoodJob("r2")}));
  stream.HalfClose();
  EXPECT_TRUE(stream.Finish().ok());
  ASSERT_EQ(stream.results().size(), 3u);
  EXPECT_EQ(stream.results().at(0).job().id(), first.id());
  EXPECT_EQ(stream.results().at(0).job().state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(stream.results().at(1).job().id(), stream.results().at(2).job().id());
}

TEST(SubmitJobs, AFullQueueRefusesJobByJobAndSaysWhenToTryAgain) {
  TestServer server("limits: {max_live_jobs: 3}\n");
  Stream stream(server);
  ASSERT_TRUE(stream.Send(Jobs(0, 5)));
  stream.HalfClose();
  EXPECT_TRUE(stream.Finish().ok());
  ASSERT_EQ(stream.results().size(), 5u);
  for (int place : {0, 1, 2}) EXPECT_TRUE(stream.results().at(place).has_job()) << place;
  for (int place : {3, 4}) {
    const google::rpc::Status& error = stream.results().at(place).error();
    EXPECT_EQ(error.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonIn(error), "QUEUE_FULL");
    EXPECT_TRUE(std::any_of(error.details().begin(), error.details().end(), [](const auto& detail) {
      return detail.template Is<google::rpc::RetryInfo>();
    }));
  }
}

TEST(SubmitJobs, ADrainingServerRefusesJobByJob) {
  TestServer server;
  Stream stream(server);
  ASSERT_TRUE(stream.Send(Jobs(0, 1)));
  ASSERT_EQ(stream.ReadResults(1).size(), 1u);
  server.server().Drain();
  ASSERT_TRUE(stream.Send(Jobs(1, 2)));
  stream.HalfClose();
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_EQ(stream.results().at(1).error().code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(stream.results().at(2).error()), "DRAINING");
}

TEST(SubmitJobs, EndsAtOnceWhenNothingWasSent) {
  TestServer server;
  Stream stream(server);
  stream.HalfClose();
  EXPECT_TRUE(stream.Finish().ok());
}

TEST(SubmitJobs, AMessageWithTooManyJobsOrNoneEndsTheStream) {
  TestServer server;
  for (const size_t jobs : {0, 1001}) {
    Stream stream(server);
    ASSERT_TRUE(stream.Send(Jobs(0, 1)));
    ASSERT_EQ(stream.ReadResults(1).size(), 1u);
    stream.Send(std::vector<v1::CreateJobRequest>(jobs));
    const grpc::Status status = stream.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ViolationsOf(status), (std::vector<std::string>{"requests"}));
    EXPECT_TRUE(stream.results().at(0).has_job());
  }
}

// gRPC alone would take it for the half-close, and the client would believe that all went well.
TEST(SubmitJobs, AMessageThatCannotBeParsedEndsTheStreamWithAnError) {
  TestServer server;
  Stream stream(server);
  std::vector<v1::CreateJobRequest> jobs = Jobs(0, 1);
  ASSERT_TRUE(stream.Send(jobs));
  ASSERT_EQ(stream.ReadResults(1).size(), 1u);
  jobs[0].mutable_job()->set_class_name("\xff");  // which is not UTF-8
  ASSERT_TRUE(stream.Send(jobs));
  const grpc::Status status = stream.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
}

int64_t PendingJobs(TestServer& server) {
  const auto overview = TestServer::Ask(server.admin(), &v1::AdminService::Stub::GetOverview,
                                        v1::GetOverviewRequest());
  EXPECT_TRUE(overview.ok());
  int64_t pending = 0;
  for (const auto& of_class : overview->classes()) pending += of_class.counts().pending();
  return pending;
}

// The connection's window holds some results, the stream 1,024 jobs and the message that was read
// last; what comes behind stays unread until the client reads.
TEST(SubmitJobs, AClientThatDoesNotReadIsNotReadFrom) {
  TestServer server;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // the windows do not grow
  Stream stream(grpc::CreateCustomChannel(server.server().grpc_address(),
                                          grpc::InsecureChannelCredentials(), arguments));
  constexpr int kMessages = 150;
  std::thread writer([&] {
    for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(stream.Send(Jobs(i * 100, 100)));
    stream.HalfClose();
  });
  int64_t taken = 0;
  for (int same = 0; same < 200 && taken < kMessages * 100;) {
    const int64_t pending = PendingJobs(server);
    same = pending == taken && pending >= SubmitStream::kMaxUnansweredJobs ? same + 1 : 0;
    taken = pending;
  }
  EXPECT_LT(taken, kMessages * 100 / 2);
  EXPECT_TRUE(stream.Finish().ok());
  writer.join();
  EXPECT_EQ(stream.results().size(), kMessages * 100u);
}

TEST(SubmitJobs, JobsOfAClientThatIsGoneStay) {
  TestServer server;
  std::string id;
  {
    Stream stream(server);
    ASSERT_TRUE(stream.Send(Jobs(0, 10)));
    id = stream.ReadResults(10).at(9).job().id();
    stream.Cancel();
    EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_EQ(server.Get(id)->state(), v1::JOB_STATE_PENDING);
}

// Clients come and go at any moment of the stream, while the server stops too.
TEST(SubmitJobs, ClientsMayGoAwayAtAnyTime) {
  TestServer server;
  constexpr int kThreads = 4;
  std::vector<std::thread> clients;
  for (int thread = 0; thread < kThreads; ++thread) {
    clients.emplace_back([&server, thread] {
      for (int round = 0; round < 25; ++round) {
        Stream stream(server);
        const int first = (thread * 25 + round) * 300;
        const int parts = round % 4;
        for (int part = 0; part < parts; ++part) {
          if (!stream.Send(Jobs(first + part * 100, 100))) break;
        }
        if (round % 3 == 1 && parts > 0) stream.ReadResults(round);
        if (round % 5 == 2) stream.HalfClose();
        stream.Cancel();
        stream.Finish();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  Stream last(server);
  ASSERT_TRUE(last.Send(Jobs(1'000'000, 1)));
  EXPECT_EQ(last.ReadResults(1).size(), 1u);
  std::thread reader([&last] { last.Finish(); });
  server.Restart();
  reader.join();
  EXPECT_TRUE(server.Get(last.results().at(0).job().id()).ok());
}

}  // namespace
}  // namespace lull
