// The commands as scripts see them: the real program against a server that does as it is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/fake_job_service.h"
#include "tests/tools/lull/program.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class CommandTest : public testing::Test {
 protected:
  // The exit code; the output is in out_ and err_.
  int Lull(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) {
    arguments.insert(arguments.begin(), DataPath("tools/lull/lull"));
    std::vector<std::string> variables = environment;
    variables.push_back("LULL_SERVER=" + service_.address());
    Program program(arguments, variables);
    const int code = program.Wait();
    out_ = program.Out();
    err_ = program.Err();
    return code;
  }

  // The id of a new job.
  std::string Submit() {
    EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "Hello"}), 0) << err_;
    return service_.Jobs().back().id();
  }

  FakeJobService service_;
  std::string out_;
  std::string err_;
};

TEST_F(CommandTest, SubmitMakesAJobAndShowsIt) {
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "Hello", "--class", "batch", "--priority",
                  "3", "--label", "a=b", "--label", "c=d"}),
            0)
      << err_;
  ASSERT_THAT(service_.Jobs(), SizeIs(1));
  const v1::Job job = service_.Jobs()[0];
  EXPECT_EQ(job.request().body(),
            R"({"model":"m","messages":[{"role":"user","content":"Hello"}]})");
  EXPECT_EQ(job.class_name(), "batch");
  EXPECT_EQ(job.priority(), 3);
  EXPECT_EQ(job.labels().size(), 2u);
  EXPECT_THAT(out_, AllOf(HasSubstr("job-1"), HasSubstr("PENDING"), HasSubstr("a=b, c=d")));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(CommandTest, SubmitMakesNoSecondJobWhenTheReplyIsLost) {
  service_.LoseNextCreateReplies(1);
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "Hello"}), 0) << err_;
  EXPECT_EQ(service_.jobs_made(), 1);
  EXPECT_THAT(err_, HasSubstr("COMMIT_UNKNOWN"));
}

TEST_F(CommandTest, SubmitListsEverythingThatIsWrong) {
  service_.RefuseBodiesWith("Hello");
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "Hello"}), 5);
  EXPECT_THAT(err_, AllOf(HasSubstr("1 fields are wrong"),
                          HasSubstr("requests[0].job.request.body: must not say Hello")));
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(CommandTest, SubmitWaitsAndTellsHowTheJobEnded) {
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "Hi", "--wait", "-o", "body"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("{\"asked\":{\"model\":\"m\""));
  service_.SetEnd([](v1::Job& job) {
    job.set_state(v1::JOB_STATE_FAILED);
    job.mutable_error()->set_message("too \x1b[2J bad");
  });
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "Hi", "--wait"}), 1);
  EXPECT_THAT(out_, AllOf(HasSubstr("FAILED"), HasSubstr("too \\x1b[2J bad")));
}

TEST_F(CommandTest, ShowsAJobAsTheApiHasIt) {
  const std::string id = Submit();
  EXPECT_EQ(Lull({"get", id, "-o", "json"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("\"id\":\"" + id + "\""),
                          HasSubstr("\"state\":\"JOB_STATE_PENDING\"")));
}

TEST_F(CommandTest, ExitCodesSayWhatHappened) {
  const std::string id = Submit();
  EXPECT_EQ(Lull({"get", "no-such-job"}), 4);
  EXPECT_THAT(err_, HasSubstr("no such job"));
  service_.SetLooksBeforeEnd(1'000'000);
  EXPECT_EQ(Lull({"wait", id, "--timeout", "10ms"}), 6);
  EXPECT_THAT(err_, AllOf(HasSubstr("it is PENDING"), HasSubstr("lull wait " + id)));
  EXPECT_EQ(Lull({"cancel", id}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("CANCELLED"));
  EXPECT_EQ(Lull({"cancel", id}), 5);
  EXPECT_EQ(Lull({"wait", id}), 1) << "a cancelled job";
  service_.Stop();
  EXPECT_EQ(Lull({"get", id}), 3);
  EXPECT_THAT(err_, HasSubstr("no server answers at " + service_.address()));
}

TEST_F(CommandTest, AWrongCommandLineIsToldApart) {
  EXPECT_EQ(Lull({}), 2);
  EXPECT_EQ(Lull({"frobnicate"}), 2);
  EXPECT_EQ(Lull({"get"}), 2);
  EXPECT_EQ(Lull({"submit"}), 2);
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "x", "--priority", "10"}), 2);
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "x", "--ttl", "1h", "--deadline", "+2h"}),
            2);
  EXPECT_EQ(Lull({"submit", "--model", "m", "--prompt", "x", "--schedule", "tomorrow"}), 2);
  EXPECT_EQ(Lull({"wait", "x", "--timeout", "soon"}), 2);
  EXPECT_EQ(Lull({"get", "x", "-o", "xml"}), 2);
  EXPECT_EQ(Lull({"batch", "run", ScratchPath("none.jsonl"), "-o", ScratchPath("out.jsonl")}), 2);
  EXPECT_EQ(Lull({"batch", "run", "same.jsonl", "-o", "same.jsonl"}), 2);
  EXPECT_EQ(Lull({"up"}), 2);
  EXPECT_THAT(err_, HasSubstr("LULL_BASE_URL"));
  EXPECT_EQ(Lull({"up"}, {"LULL_BASE_URL=http://127.0.0.1:1/v1"}), 2);
  EXPECT_THAT(err_, HasSubstr("LULL_API_KEY"));
  EXPECT_EQ(service_.calls(), 0);
}

TEST_F(CommandTest, HelpAndVersionAreThere) {
  EXPECT_EQ(Lull({"--help"}), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("submit"), HasSubstr("Exit codes:")));
  EXPECT_EQ(Lull({"version"}), 0);
  EXPECT_THAT(out_, HasSubstr("lull 0."));
}

TEST_F(CommandTest, WritesNoColoursIntoAFile) {
  Submit();
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
}

class BatchCommandTest : public CommandTest {
 protected:
  void WriteInput(int lines) {
    std::string input;
    for (int i = 0; i < lines; ++i) {
      absl::StrAppend(&input, R"({"custom_id":"r)", i,
                      R"(","method":"POST","url":"/v1/x","body":{"model":"m"}})", "\n");
    }
    WriteScratch("in.jsonl", input);
  }

  std::vector<std::string> Command() const {
    return {"batch", "run", ScratchPath("in.jsonl"), "-o", ScratchPath("out.jsonl")};
  }
};

TEST_F(BatchCommandTest, RunsAFileAndSumsItUp) {
  WriteInput(50);
  EXPECT_EQ(Lull(Command()), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("50 of 50"), HasSubstr("100 attempts, 50 of them refused"),
                          HasSubstr("p50 3.0 s")));
  EXPECT_THAT(err_, HasSubstr("50/50 answered"));
  std::vector<std::string> again = Command();
  again.push_back("--json");
  EXPECT_EQ(Lull(again), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("\"answered\":50"), HasSubstr("\"refusals_absorbed\":50"),
                          HasSubstr("\"errors\":null")));
}

TEST_F(BatchCommandTest, SaysThatSomeFailed) {
  WriteInput(3);
  service_.SetEnd([](v1::Job& job) {
    job.set_state(job.id() == "job-2" ? v1::JOB_STATE_FAILED : v1::JOB_STATE_SUCCEEDED);
    job.mutable_response()->set_body("{}");
  });
  EXPECT_EQ(Lull(Command()), 1) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("2 of 3"), HasSubstr("FAILED 1"),
                          HasSubstr(ScratchPath("out.errors.jsonl"))));
  EXPECT_EQ(Lull(Command()), 1) << "the same, not tried again";
}

TEST_F(BatchCommandTest, RefusesABadFileBeforeAnythingIsSubmitted) {
  WriteScratch("in.jsonl",
               "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/x\",\"body\":"
               "{\"model\":\"m\"}}\nnonsense\n");
  EXPECT_EQ(Lull(Command()), 5);
  EXPECT_THAT(err_, HasSubstr("line 2: not JSON"));
  EXPECT_EQ(service_.calls(), 0);
}

TEST_F(BatchCommandTest, StopsAtCtrlCAndSaysHowToGoOn) {
  WriteInput(100);
  service_.SetLooksBeforeEnd(1'000'000);
  {
    std::vector<std::string> arguments = Command();
    arguments.insert(arguments.begin(), DataPath("tools/lull/lull"));
    Program run(arguments, {"LULL_SERVER=" + service_.address()});
    service_.WaitForJobs(100);
    EXPECT_EQ(Lull(Command()), 7) << "two at once";
    EXPECT_THAT(err_, HasSubstr("in use by another run"));
    run.Signal(SIGINT);
    EXPECT_EQ(run.Wait(), 130);
    EXPECT_THAT(run.Err(), HasSubstr("0 of 100 are done"));
    EXPECT_THAT(run.Err(), HasSubstr("run the same command again"));
  }
  service_.SetLooksBeforeEnd(1);
  EXPECT_EQ(Lull(Command()), 0) << err_;
  EXPECT_EQ(service_.jobs_made(), 100);
}

}  // namespace
}  // namespace lull
