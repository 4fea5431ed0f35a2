#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "tests/tools/lull/lull_command.h"
#include "tests/tools/lull/scripted_server.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ListCommandTest : public testing::Test {
 protected:
  ListCommandTest() {
    server_.On<v1::ListJobsRequest, v1::ListJobsResponse>(
        kListJobs, [this](const v1::ListJobsRequest& request) { return Page(request); });
  }

  // Pages of `count_` jobs, newest first; the page token is the next job's number.
  absl::StatusOr<v1::ListJobsResponse> Page(const v1::ListJobsRequest& request) {
    MutexLock lock(mutex_);
    requests_.push_back(request);
    if (request.filter() == "wrong") {
      return ServerError(absl::StatusCode::kInvalidArgument, "filter: in column 1: found \"wrong\"",
                         "INVALID_REQUEST");
    }
    v1::ListJobsResponse page;
    int next = request.page_token().empty() ? count_ : std::stoi(request.page_token());
    for (; next > 0 && page.jobs_size() < std::min(request.page_size(), page_max_); --next) {
      v1::Job& job = *page.add_jobs();
      job.set_id(absl::StrCat("job-", next));
      job.set_class_name("batch");
      job.set_state(v1::JOB_STATE_PENDING);
      job.set_pending_reason(v1::PENDING_REASON_NO_WORKER);
      job.set_pending_detail("no worker holds \"key\x1b[2J\"");
    }
    if (next > 0) page.set_next_page_token(absl::StrCat(next));
    return page;
  }

  LullRun List(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "list");
    return RunLull(server_.address(), arguments);
  }

  std::vector<v1::ListJobsRequest> Requests() {
    MutexLock lock(mutex_);
    return requests_;
  }

  int count_ = 3;
  int page_max_ = 1000;
  Mutex mutex_;
  std::vector<v1::ListJobsRequest> requests_;
  ScriptedServer server_;
};

TEST_F(ListCommandTest, ShowsJobsAndWhatTheyWaitFor) {
  const LullRun run = List({});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(StartsWith("JOB"), HasSubstr("job-3  PENDING  batch"),
                             HasSubstr("no worker: no worker holds \"key\\x1b[2J\""),
                             Not(HasSubstr("\x1b"))));
  EXPECT_THAT(run.err, IsEmpty());
}

TEST_F(ListCommandTest, JoinsOptionsAndTheFilterByAnd) {
  EXPECT_EQ(List({"--state", "failed", "--class", "a\"b", "--label", "team=a", "--since",
                  "2026-11-24T02:00:00Z", "--filter", "labels.x != y"})
                .code,
            0);
  EXPECT_EQ(List({"--state", "ended"}).code, 0);
  ASSERT_EQ(Requests().size(), 2u);
  EXPECT_EQ(Requests()[0].filter(),
            "state = FAILED AND class = \"a\\\"b\" AND labels.team = \"a\" AND create_time >= "
            "\"2026-11-24T02:00:00+00:00\" AND labels.x != y");
  EXPECT_EQ(Requests()[1].filter(),
            "state != PENDING AND state != RUNNING AND state != CANCELLING");
}

TEST_F(ListCommandTest, TurnsPagesUpToTheLimit) {
  count_ = 100;
  page_max_ = 7;
  LullRun run = List({"--limit", "10", "-o", "json"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("\"id\":\"job-100\""), HasSubstr("\"id\":\"job-91\""),
                             Not(HasSubstr("\"id\":\"job-90\""))));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 10) << "one object a line";
  EXPECT_THAT(Requests().back().page_token(), "93");
  EXPECT_EQ(Requests().back().page_size(), 3);
  run = List({"--all"});
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 101) << "one heading";
  run = List({});
  EXPECT_THAT(run.err, HasSubstr("The newest 50 are shown; --limit N or --all shows more."));
}

TEST_F(ListCommandTest, SaysThatThereIsNothing) {
  count_ = 0;
  EXPECT_THAT(List({}).err, HasSubstr("There are no jobs."));
  EXPECT_THAT(List({"--class", "x"}).err, HasSubstr("No jobs match."));
  EXPECT_THAT(List({"-o", "json"}).err, IsEmpty());
}

TEST_F(ListCommandTest, TellsWhatIsAllowed) {
  LullRun run = List({"--state", "sleeping"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--state"), HasSubstr("\"sleeping\""),
                             HasSubstr("pending, running, cancelling, succeeded")));
  run = List({"--since", "yesterday"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--since is \"yesterday\""), HasSubstr("1h30m")));
  EXPECT_EQ(List({"--limit", "0"}).code, 2);
  EXPECT_EQ(List({"--label", "novalue"}).code, 2);
  EXPECT_THAT(Requests(), IsEmpty());
  run = List({"--filter", "wrong"});
  EXPECT_EQ(run.code, 5);
  EXPECT_THAT(run.err, HasSubstr("in column 1"));
}

TEST_F(ListCommandTest, EndsQuietlyWhenNobodyReadsAnyMore) {
  count_ = 20'000;
  const std::string lull = DataPath("tools/lull/lull");
  Program shell(
      {"/bin/bash", "-c", absl::StrCat(lull, " list --all | head -1; echo ${PIPESTATUS[0]}")},
      {"LULL_SERVER=" + server_.address()});
  EXPECT_EQ(shell.Wait(), 0);
  EXPECT_THAT(shell.Out(), AllOf(StartsWith("JOB"), HasSubstr("\n141\n")));
  EXPECT_THAT(shell.Err(), IsEmpty());
}

}  // namespace
}  // namespace lull
