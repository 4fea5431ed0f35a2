// lull watch over a server that restarts, cuts it off and forgets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "base/mutex.h"
#include "tests/tools/lull/lull_command.h"
#include "tests/tools/lull/scripted_server.h"
#include "tools/lull/jobs/event_text.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Write = std::function<bool(const v1::WatchJobsResponse&)>;

v1::WatchJobsResponse Snapshot(const std::string& id, v1::JobState state, int64_t seq) {
  v1::WatchJobsResponse message;
  v1::Job& job = *message.mutable_snapshot()->add_jobs();
  job.set_id(id);
  job.set_state(state);
  job.set_event_seq(seq);
  return message;
}

v1::WatchJobsResponse Synced(int64_t seq) {
  v1::WatchJobsResponse message;
  message.mutable_synced()->set_seq(seq);
  return message;
}

v1::WatchJobsResponse Event(int64_t seq, v1::JobEventType type = v1::JOB_EVENT_TYPE_STARTED,
                            v1::JobState state = v1::JOB_STATE_RUNNING) {
  v1::WatchJobsResponse message;
  v1::JobEvent& event = *message.mutable_events()->add_events();
  event.set_seq(seq);
  event.set_job_id("job-1");
  event.set_type(type);
  event.set_state(state);
  return message;
}

class WatchCommandTest : public testing::Test {
 protected:
  // The server's side of the streams, one after the other.
  using Script = std::function<absl::Status(const v1::WatchJobsRequest&, const Write&)>;

  void Serve(std::vector<Script> scripts) {
    server_.On<v1::WatchJobsRequest, v1::WatchJobsResponse>(
        kWatchJobs, [this, scripts = std::move(scripts)](const v1::WatchJobsRequest& request,
                                                         const Write& write) {
          size_t number;
          {
            MutexLock lock(mutex_);
            number = requests_.size();
            requests_.push_back(request);
          }
          return scripts[std::min(number, scripts.size() - 1)](request, write);
        });
  }

  LullRun Watch(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "watch");
    return RunLull(server_.address(), arguments);
  }

  std::vector<v1::WatchJobsRequest> Requests() {
    MutexLock lock(mutex_);
    return requests_;
  }

  Mutex mutex_;
  std::vector<v1::WatchJobsRequest> requests_ ABSL_GUARDED_BY(mutex_);
  ScriptedServer server_;
};

absl::Status Unavailable() {
  return ServerError(absl::StatusCode::kUnavailable, "the server is shutting down", "DRAINING");
}

TEST_F(WatchCommandTest, ShowsTheSnapshotThenEachEventUntilAllHaveEnded) {
  Serve({[](const v1::WatchJobsRequest&, const Write& write) {
    write(Snapshot("job-1", v1::JOB_STATE_PENDING, 4));
    write(Synced(5));
    write(Event(6));
    write(Event(8, v1::JOB_EVENT_TYPE_ENDED, v1::JOB_STATE_SUCCEEDED));
    return absl::OkStatus();
  }});
  const LullRun run = Watch({"job-1", "--until-terminal"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("PENDING"), HasSubstr("RUNNING"), HasSubstr("SUCCEEDED")));
  ASSERT_EQ(Requests().size(), 1u);
  EXPECT_TRUE(Requests()[0].until_terminal());
  EXPECT_EQ(Requests()[0].jobs().job_ids(0), "job-1");
  EXPECT_FALSE(Requests()[0].has_resume_after());
}

TEST_F(WatchCommandTest, GoesOnAfterEachKindOfCutWithoutGapOrRepetition) {
  Serve({
      // In the middle of the snapshot.
      [](const v1::WatchJobsRequest&, const Write& write) {
        write(Snapshot("job-1", v1::JOB_STATE_PENDING, 4));
        return Unavailable();
      },
      [](const v1::WatchJobsRequest& request, const Write& write) {
        EXPECT_FALSE(request.has_resume_after());
        write(Snapshot("job-1", v1::JOB_STATE_PENDING, 4));
        write(Snapshot("job-2", v1::JOB_STATE_RUNNING, 5));
        write(Synced(5));
        return Unavailable();
      },
      [](const v1::WatchJobsRequest& request, const Write& write) {
        EXPECT_EQ(request.resume_after(), 5);
        write(Event(6));
        write(Event(7));
        return ServerError(absl::StatusCode::kResourceExhausted, "not read fast enough",
                           "READER_TOO_SLOW", {{"resume_after", "7"}});
      },
      [](const v1::WatchJobsRequest& request, const Write& write) {
        EXPECT_EQ(request.resume_after(), 7);
        write(Event(7));  // once more, as no server should
        write(Event(9, v1::JOB_EVENT_TYPE_ENDED, v1::JOB_STATE_FAILED));
        return absl::OkStatus();
      },
  });
  const LullRun run = Watch({"job-1", "job-2", "--until-terminal", "-o", "json"});
  EXPECT_EQ(run.code, 1) << "a job failed; " << run.err;
  EXPECT_EQ(run.out,
            "{\"job\":{\"id\":\"job-1\",\"state\":\"JOB_STATE_PENDING\",\"eventSeq\":\"4\"}}\n"
            "{\"job\":{\"id\":\"job-2\",\"state\":\"JOB_STATE_RUNNING\",\"eventSeq\":\"5\"}}\n"
            "{\"synced\":{\"seq\":\"5\"}}\n"
            "{\"event\":{\"seq\":\"6\",\"jobId\":\"job-1\",\"type\":\"JOB_EVENT_TYPE_STARTED\","
            "\"state\":\"JOB_STATE_RUNNING\"}}\n"
            "{\"event\":{\"seq\":\"7\",\"jobId\":\"job-1\",\"type\":\"JOB_EVENT_TYPE_STARTED\","
            "\"state\":\"JOB_STATE_RUNNING\"}}\n"
            "{\"event\":{\"seq\":\"9\",\"jobId\":\"job-1\",\"type\":\"JOB_EVENT_TYPE_ENDED\","
            "\"state\":\"JOB_STATE_FAILED\"}}\n");
  EXPECT_THAT(run.err, AllOf(HasSubstr("shutting down"), HasSubstr("reconnecting"),
                             HasSubstr("to go on after event 7"), HasSubstr("connected again")));
}

TEST_F(WatchCommandTest, SaysSoWhenEventsAreGone) {
  Serve({
      [](const v1::WatchJobsRequest&, const Write& write) {
        write(Synced(5));
        return Unavailable();
      },
      [](const v1::WatchJobsRequest&, const Write&) {
        return ServerError(absl::StatusCode::kOutOfRange, "no longer kept", "EVENTS_GONE",
                           {{"oldest_seq", "100"}});
      },
      [](const v1::WatchJobsRequest& request, const Write& write) {
        EXPECT_FALSE(request.has_resume_after());
        write(Snapshot("job-1", v1::JOB_STATE_SUCCEEDED, 90));
        write(Synced(120));
        return absl::OkStatus();
      },
  });
  const LullRun run = Watch({"job-1", "--until-terminal"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("events after 5 are no longer kept; some may be missing"));
  EXPECT_THAT(run.out, HasSubstr("SUCCEEDED"));
}

TEST_F(WatchCommandTest, RefusesToSkipWhatItWasAskedToResumeAfter) {
  Serve({[](const v1::WatchJobsRequest& request, const Write&) {
    EXPECT_EQ(request.resume_after(), 3);
    return ServerError(absl::StatusCode::kOutOfRange, "the oldest event is 100", "EVENTS_GONE",
                       {{"oldest_seq", "100"}});
  }});
  const LullRun run = Watch({"--label", "a=b", "--resume-after", "3"});
  EXPECT_EQ(run.code, 5);
  EXPECT_THAT(run.err, HasSubstr("the oldest event is 100"));
  EXPECT_EQ(Requests().size(), 1u);
  EXPECT_EQ(Requests()[0].create_labels().labels().at("a"), "b");
}

TEST_F(WatchCommandTest, SurvivesARestartAndTellsAtCtrlCHowToGoOn) {
  Serve({
      [this](const v1::WatchJobsRequest&, const Write& write) {
        write(Synced(5));
        write(Event(6));
        server_.AwaitStop();
        return absl::OkStatus();
      },
      [this](const v1::WatchJobsRequest& request, const Write& write) {
        EXPECT_EQ(request.resume_after(), 6);
        write(Event(7));
        server_.AwaitStop();
        return absl::OkStatus();
      },
  });
  Program watch({DataPath("tools/lull/lull"), "watch", "job-1", "-o", "json"},
                {"LULL_SERVER=" + server_.address()});
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(watch.Out(), "\"seq\":\"6\""); }));
  server_.Stop();
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(watch.Err(), "reconnecting"); }));
  server_.Start();
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(watch.Out(), "\"seq\":\"7\""); }))
      << watch.Err();
  watch.Signal(SIGINT);
  EXPECT_EQ(watch.Wait(), 130);
  EXPECT_THAT(watch.Err(), AllOf(HasSubstr("interrupted"), HasSubstr("--resume-after 7")));
}

TEST_F(WatchCommandTest, GivesUpOnAServerThatWasNeverThere) {
  server_.Stop();
  const LullRun run = Watch({"job-1"});
  EXPECT_EQ(run.code, 3);
  EXPECT_THAT(run.err, HasSubstr("no server answers"));
}

TEST_F(WatchCommandTest, NeedsJobsOrLabels) {
  EXPECT_EQ(Watch({}).code, 2);
  EXPECT_EQ(Watch({"job-1", "--label", "a=b"}).code, 2);
  const LullRun run = Watch({"--label", "a=b", "--until-terminal"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("needs ids"));
}

TEST(EventTextTest, PutsStreamedTextTogether) {
  EXPECT_EQ(StreamedText("data: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\n"
                         "data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}]}\n\n"
                         "data: {\"choices\":[]}\n\ndata: [DONE]\n\n: comment\n"),
            "Hello");
}

}  // namespace
}  // namespace lull
