// Output that the worker passes on while it arrives.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/worker/worker_fixture.h"
#include "worker/progress_reporter.h"

namespace lull {
namespace {

constexpr char kHead[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
constexpr char kEnd[] = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
constexpr char kDone[] = "data: [DONE]\n\n";

std::string Chunk(absl::string_view content) {
  return absl::StrCat(R"(data: {"choices":[{"delta":{"content":")", content,
                      R"("},"finish_reason":null}]})", "\n\n");
}

// Answers with these texts, each once the test opens the gate for it.
class StreamUpstream {
 public:
  explicit StreamUpstream(std::vector<std::string> texts)
      : texts_(std::move(texts)), server_([this](RawConnection& connection) {
          connection.ReadRequest();
          connection.Send(kHead);
          for (const std::string& text : texts_) {
            gate_.Pass();
            connection.Send(text);
          }
        }) {}
  ~StreamUpstream() { Send(1000); }

  std::string base_url() const { return server_.Url("/v1"); }
  void Send(int count) {
    for (int i = 0; i < count; ++i) gate_.Open();
  }

 private:
  const std::vector<std::string> texts_;
  Gate gate_;
  RawServer server_;
};

class WorkerProgressTest : public WorkerTest {
 protected:
  v1::LeasedJob StreamJob(const StreamUpstream& upstream, bool watched = true) {
    v1::LeasedJob job = Job("a");
    job.mutable_upstream()->set_base_url(upstream.base_url());
    job.mutable_upstream()->clear_credential();
    job.set_stream(true);
    job.set_report_progress(watched);
    return job;
  }

  static auto Output(const std::string& text) {
    return [text](const HeardFromWorker& heard) { return TextOf(heard) == text; };
  }

  // What arrived, put together; each piece must begin where the one before it ended.
  static std::string TextOf(const HeardFromWorker& heard) {
    std::string text;
    for (const v1::ReportProgressRequest& request : heard.progress) {
      EXPECT_EQ(request.worker_id(), "w-1");
      for (const v1::Progress& piece : request.progress()) {
        EXPECT_EQ(piece.lease_token(), "a");
        EXPECT_EQ(piece.offset(), static_cast<int64_t>(text.size()));
        text += piece.data();
      }
    }
    return text;
  }

  bool Says(const std::string& metric) { return absl::StrContains(metrics_->Render(), metric); }
};

TEST_F(WorkerProgressTest, PassesWholeEventsOnWhileTheAnswerArrives) {
  const std::string second = Chunk("two");
  StreamUpstream upstream({": queued\n\n" + Chunk("one"), second.substr(0, 20),
                           second.substr(20) + ": busy\n\n", absl::StrCat(kEnd, kDone)});
  StartWorker();
  queue_.AddJob(StreamJob(upstream));
  upstream.Send(2);
  EXPECT_TRUE(AdvanceUntil(Output(Chunk("one"))).results.empty());
  upstream.Send(1);
  EXPECT_TRUE(AdvanceUntil(Output(Chunk("one") + second)).results.empty());
  upstream.Send(1);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(TextOf(heard), absl::StrCat(Chunk("one"), second, kEnd, kDone))
      << "all of it is told before the end of the attempt";
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_TRUE(Says(absl::StrCat("lull_worker_progress_bytes_total ", TextOf(heard).size(), "\n")));
}

TEST_F(WorkerProgressTest, PassesNothingOnUnlessSomeoneWatches) {
  StreamUpstream upstream({Chunk("one"), absl::StrCat(kEnd, kDone)});
  StartWorker();
  queue_.AddJob(StreamJob(upstream, false));
  upstream.Send(2);
  EXPECT_TRUE(AdvanceUntil(Results(1)).progress.empty());
}

TEST_F(WorkerProgressTest, AnErrorInTheStreamIsNotOutput) {
  const std::string error =
      absl::StrCat(R"(data: {"error":{"message":"bad key )", kKey, R"("}})", "\n\n");
  StreamUpstream upstream({Chunk("one"), error + Chunk("two")});
  StartWorker();
  queue_.AddJob(StreamJob(upstream));
  upstream.Send(2);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(TextOf(heard), Chunk("one"));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SERVER_ERROR);
}

TEST_F(WorkerProgressTest, AServerThatTakesNoOutputKeepsNoCallAndNoMemory) {
  // The answer itself stays small: of members that come again the first is kept.
  const std::string large =
      absl::StrCat(R"(data: {"choices":[],"padding":")", std::string(500'000, 'x'), "\"}\n\n");
  std::vector<std::string> texts(20, large);
  texts.push_back(absl::StrCat(kEnd, kDone));
  StreamUpstream upstream(texts);
  queue_.HoldProgress(true);
  StartWorker();
  queue_.AddJob(StreamJob(upstream));
  upstream.Send(1);
  queue_.WaitUntil([](const HeardFromWorker& heard) { return heard.progress.size() == 1; });
  upstream.Send(20);
  // Its report waits for what the server says of the output, but not for long.
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
  int64_t bytes = 0;
  bool gap = false;
  int64_t next = 0;
  for (const v1::ReportProgressRequest& request : heard.progress) {
    size_t of_request = 0;
    for (const v1::Progress& piece : request.progress()) {
      EXPECT_LE(piece.data().size(), ProgressReporter::kPieceBytesMax);
      gap |= piece.offset() != next;
      next = piece.offset() + static_cast<int64_t>(piece.data().size());
      of_request += piece.data().size();
    }
    EXPECT_LE(of_request, ProgressReporter::kWaitingBytesMax);
    bytes += static_cast<int64_t>(of_request);
  }
  EXPECT_LT(bytes, static_cast<int64_t>(20 * large.size()));
  EXPECT_TRUE(gap) << "what was dropped shows in the offsets";
  EXPECT_TRUE(Says("lull_worker_progress_bytes_total 0\n"));
  EXPECT_FALSE(Says("lull_worker_dropped_progress_bytes_total 0\n"));
}

TEST_F(WorkerProgressTest, OutputThatTheServerRefusesIsNotRepeated) {
  StreamUpstream upstream({Chunk("one"), absl::StrCat(Chunk("two"), kEnd, kDone)});
  queue_.FailProgress();
  StartWorker();
  queue_.AddJob(StreamJob(upstream));
  upstream.Send(1);
  queue_.WaitUntil([](const HeardFromWorker& heard) { return heard.progress.size() == 1; });
  upstream.Send(1);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(TextOf(heard), absl::StrCat(Chunk("one"), Chunk("two"), kEnd, kDone));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
}

}  // namespace
}  // namespace lull
