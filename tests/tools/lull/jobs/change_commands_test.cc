// cancel, retry, update, delete, purge: what they ask of the server and what they make of its word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "tests/tools/lull/lull_command.h"
#include "tests/tools/lull/scripted_server.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Keeps the requests of each call.
template <typename Request>
class Calls {
 public:
  // The number of the call, from 1.
  int Add(const Request& request) {
    MutexLock lock(mutex_);
    requests_.push_back(request);
    return static_cast<int>(requests_.size());
  }
  std::vector<Request> All() const {
    MutexLock lock(mutex_);
    return requests_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
};

class ChangeCommandsTest : public testing::Test {
 protected:
  LullRun Lull(const std::vector<std::string>& arguments) {
    return RunLull(server_.address(), arguments);
  }

  ScriptedServer server_;
};

TEST_F(ChangeCommandsTest, CancelTakesOneJobSeveralOrAllThatMatch) {
  Calls<v1::CancelJobRequest> one;
  Calls<v1::CancelJobsRequest> many;
  server_.On<v1::CancelJobRequest, v1::Job>(kCancelJob, [&](const v1::CancelJobRequest& request) {
    one.Add(request);
    v1::Job job;
    job.set_id(request.job_id());
    job.set_state(v1::JOB_STATE_CANCELLING);
    return job;
  });
  server_.On<v1::CancelJobsRequest, v1::CancelJobsResponse>(
      kCancelJobs, [&](const v1::CancelJobsRequest& request) {
        v1::CancelJobsResponse reply;
        reply.set_cancelled_count(10);
        reply.set_skipped_count(1);
        if (many.Add(request) == 2) reply.set_next_page_token("more");
        return reply;
      });
  LullRun run = Lull({"cancel", "a"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("CANCELLING"));
  run = Lull({"cancel", "a", "b"});
  EXPECT_THAT(run.out, HasSubstr("Cancelled 10; passed over 1 "));
  run = Lull({"cancel", "--class", "batch", "-o", "json"});
  EXPECT_EQ(run.out, "{\"cancelledCount\":\"20\",\"skippedCount\":\"2\"}\n") << "two pages";
  EXPECT_EQ(one.All().size(), 1u);
  ASSERT_EQ(many.All().size(), 3u);
  EXPECT_THAT(many.All()[0].jobs().job_ids(), ElementsAre("a", "b"));
  EXPECT_EQ(many.All()[1].filter(), "class = \"batch\"");
  EXPECT_EQ(many.All()[2].filter(), "class = \"batch\"");
  EXPECT_EQ(many.All()[2].page_token(), "more");
}

TEST_F(ChangeCommandsTest, CancelAndRetryNeedIdsOrASelectionAndNotBoth) {
  for (const char* command : {"cancel", "retry"}) {
    LullRun run = Lull({command});
    EXPECT_EQ(run.code, 2);
    EXPECT_THAT(run.err, HasSubstr("say which jobs"));
    run = Lull({command, "a", "--class", "b"});
    EXPECT_EQ(run.code, 2);
    EXPECT_THAT(run.err, HasSubstr("not both"));
  }
}

TEST_F(ChangeCommandsTest, CancelSendsManyIdsInPieces) {
  Calls<v1::CancelJobsRequest> calls;
  server_.On<v1::CancelJobsRequest, v1::CancelJobsResponse>(
      kCancelJobs, [&](const v1::CancelJobsRequest& request) {
        calls.Add(request);
        v1::CancelJobsResponse reply;
        reply.set_cancelled_count(request.jobs().job_ids_size());
        return reply;
      });
  std::vector<std::string> arguments = {"cancel"};
  for (int i = 0; i < 2001; ++i) arguments.push_back(absl::StrCat("job-", i));
  EXPECT_THAT(Lull(arguments).out, HasSubstr("Cancelled 2001;"));
  ASSERT_EQ(calls.All().size(), 3u);
  EXPECT_EQ(calls.All()[0].jobs().job_ids_size(), 1000);
  EXPECT_THAT(calls.All()[2].jobs().job_ids(), ElementsAre("job-2000"));
}

TEST_F(ChangeCommandsTest, RetryMakesNoSecondJobWhenTheReplyIsLost) {
  Calls<v1::RetryJobRequest> calls;
  server_.On<v1::RetryJobRequest, v1::Job>(
      kRetryJob, [&](const v1::RetryJobRequest& request) -> absl::StatusOr<v1::Job> {
        if (calls.Add(request) == 1) {
          return ServerError(absl::StatusCode::kUnavailable, "not known", "COMMIT_UNKNOWN");
        }
        v1::Job job;
        job.set_id("new");
        job.set_retry_of(request.job_id());
        return job;
      });
  const LullRun run = Lull({"retry", "old"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("new"), HasSubstr("old")));
  ASSERT_EQ(calls.All().size(), 2u);
  EXPECT_FALSE(calls.All()[0].request_id().empty());
  EXPECT_EQ(calls.All()[0].request_id(), calls.All()[1].request_id());
}

TEST_F(ChangeCommandsTest, RetryListsTheNewJobs) {
  server_.On<v1::RetryJobsRequest, v1::RetryJobsResponse>(
      kRetryJobs, [&](const v1::RetryJobsRequest& request) {
        v1::RetryJobsResponse reply;
        auto* retried = reply.add_retried();
        retried->set_job_id(absl::StrCat("old", request.page_token()));
        retried->set_new_job_id(absl::StrCat("new", request.page_token()));
        reply.set_skipped_count(3);
        if (request.page_token().empty()) reply.set_next_page_token("2");
        return reply;
      });
  LullRun run = Lull({"retry", "--state", "failed"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "JOB  NEW JOB\nold  new\nold2  new2\n");
  EXPECT_THAT(run.err, HasSubstr("Retried 2; passed over 6"));
  run = Lull({"retry", "--state", "failed", "-o", "json"});
  EXPECT_EQ(
      run.out,
      "{\"jobId\":\"old\",\"newJobId\":\"new\"}\n{\"jobId\":\"old2\",\"newJobId\":\"new2\"}\n");
}

TEST_F(ChangeCommandsTest, RetryListsWhatWasRetriedBeforeItWasRefused) {
  server_.On<v1::RetryJobsRequest, v1::RetryJobsResponse>(
      kRetryJobs, [&](const v1::RetryJobsRequest& request) {
        v1::RetryJobsResponse reply;
        auto* retried = reply.add_retried();
        retried->set_job_id(request.jobs().job_ids(0));
        retried->set_new_job_id("new");
        reply.add_refused_job_ids(request.jobs().job_ids(1));
        reply.mutable_refusal()->set_code(8);
        reply.mutable_refusal()->set_message("the queue takes no more");
        return reply;
      });
  const LullRun run = Lull({"retry", "a", "b"});
  EXPECT_EQ(run.code, 5) << run.err;
  EXPECT_EQ(run.out, "JOB  NEW JOB\na    new\n");
  EXPECT_THAT(run.err, AllOf(HasSubstr("the queue takes no more"), HasSubstr("Retried 1;"),
                             HasSubstr("repeat the command")));
}

TEST_F(ChangeCommandsTest, UpdateChangesWhatIsNamedAndNothingElse) {
  Calls<v1::UpdateJobRequest> calls;
  server_.On<v1::UpdateJobRequest, v1::Job>(
      kUpdateJob, [&](const v1::UpdateJobRequest& request) -> absl::StatusOr<v1::Job> {
        calls.Add(request);
        if (request.job().id() == "running") {
          return ServerError(absl::StatusCode::kFailedPrecondition, "the job is RUNNING",
                             "JOB_NOT_PENDING");
        }
        return request.job();
      });
  EXPECT_EQ(Lull({"update", "a", "--priority", "0"}).code, 0);
  EXPECT_EQ(
      Lull({"update", "a", "--class", "b", "--deadline", "2026-11-24T02:00:00Z", "--label", "x=y"})
          .code,
      0);
  EXPECT_EQ(Lull({"update", "a", "--no-labels"}).code, 0);
  ASSERT_EQ(calls.All().size(), 3u);
  EXPECT_THAT(calls.All()[0].update_mask().paths(), ElementsAre("priority"));
  EXPECT_THAT(calls.All()[1].update_mask().paths(),
              ElementsAre("class_name", "deadline", "labels"));
  EXPECT_EQ(calls.All()[1].job().deadline().seconds(), 1'795'485'600);
  EXPECT_EQ(calls.All()[1].job().labels().at("x"), "y");
  EXPECT_THAT(calls.All()[2].update_mask().paths(), ElementsAre("labels"));
  LullRun run = Lull({"update", "a"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("say what to change"));
  EXPECT_EQ(Lull({"update", "a", "--no-labels", "--label", "x=y"}).code, 2);
  run = Lull({"update", "running", "--priority", "1"});
  EXPECT_EQ(run.code, 5);
  EXPECT_THAT(run.err, HasSubstr("the job is RUNNING"));
}

TEST_F(ChangeCommandsTest, DeleteGoesOnAfterAJobThatIsNotThere) {
  Calls<v1::DeleteJobRequest> calls;
  server_.On<v1::DeleteJobRequest, google::protobuf::Empty>(
      kDeleteJob,
      [&](const v1::DeleteJobRequest& request) -> absl::StatusOr<google::protobuf::Empty> {
        const int number = calls.Add(request);
        if (request.job_id() == "none") {
          return ServerError(absl::StatusCode::kNotFound, "no such job", "JOB_NOT_FOUND");
        }
        // Deleted, and the reply is lost; the second time it is gone.
        if (request.job_id() == "lost" && number == 3) {
          return ServerError(absl::StatusCode::kUnavailable, "not known", "COMMIT_UNKNOWN");
        }
        if (request.job_id() == "lost") {
          return ServerError(absl::StatusCode::kNotFound, "no such job", "JOB_NOT_FOUND");
        }
        return google::protobuf::Empty();
      });
  const LullRun run = Lull({"delete", "none", "a", "lost"});
  EXPECT_EQ(run.code, 4);
  EXPECT_THAT(run.out, HasSubstr("Deleted 2 of 3."));
  EXPECT_THAT(run.err, HasSubstr("no such job"));
  EXPECT_EQ(Lull({"delete", "a", "-o", "json"}).out, "{\"jobId\":\"a\"}\n");
}

TEST_F(ChangeCommandsTest, PurgeDeletesNothingWithoutForce) {
  Calls<v1::PurgeJobsRequest> calls;
  server_.On<v1::PurgeJobsRequest, v1::PurgeJobsResponse>(
      kPurgeJobs, [&](const v1::PurgeJobsRequest& request) {
        calls.Add(request);
        v1::PurgeJobsResponse reply;
        reply.set_purge_count(8);
        for (int i = 0; i < 8 && !request.force(); ++i) {
          reply.add_purge_sample(absl::StrCat("job-", request.page_token(), i));
        }
        if (request.page_token().empty()) reply.set_next_page_token("p");
        return reply;
      });
  LullRun run = Lull({"purge", "--class", "batch"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("Would delete 16:"), HasSubstr("job-p1"),
                             Not(HasSubstr("job-p2")), HasSubstr("Nothing was deleted")));
  for (const v1::PurgeJobsRequest& request : calls.All()) EXPECT_FALSE(request.force());
  run = Lull({"purge", "--class", "batch", "--force"});
  EXPECT_EQ(run.out, "Deleted 16.\n");
  EXPECT_TRUE(calls.All().back().force());
  EXPECT_EQ(calls.All().back().filter(), "class = \"batch\"");
  const size_t before = calls.All().size();
  run = Lull({"purge", "--force"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("--state ended"));
  EXPECT_EQ(calls.All().size(), before);
}

TEST_F(ChangeCommandsTest, SayWhatAServerThatIsOlderDoesNotOffer) {
  const LullRun run = Lull({"retry", "a"});
  EXPECT_EQ(run.code, 5);
  EXPECT_THAT(run.out, IsEmpty());
}

}  // namespace
}  // namespace lull
