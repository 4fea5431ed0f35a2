// The commands against the real server, worker and busy_api.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/real_lull.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class RealCommandsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(real_.StartBusyApi());
    up_ = real_.StartUp();
    ready_ = real_.Ready(*up_);
    ASSERT_TRUE(ready_.is_object()) << up_->Err();
  }

  // The exit code; the output is in out_ and err_.
  int Lull(const std::vector<std::string>& arguments) {
    const auto run = real_.Lull(ready_, arguments);
    const int code = run->Wait();
    out_ = run->Out();
    err_ = run->Err();
    return code;
  }

  // The id of a new job.
  std::string Submit(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"submit", "--model", "m", "--prompt", "Hi", "-o", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(Lull(arguments), 0) << err_;
    return Json::parse(out_)["id"];
  }

  std::vector<std::string> Lines() const { return absl::StrSplit(out_, '\n', absl::SkipEmpty()); }

  RealLull real_;
  std::unique_ptr<Program> up_;
  Json ready_;
  std::string out_;
  std::string err_;
};

TEST_F(RealCommandsTest, APausedClassHoldsItsJobsAndWhySaysSo) {
  ASSERT_EQ(Lull({"classes", "pause", "batch"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("PAUSED"));
  const std::string id = Submit({"--class", "batch"});
  ASSERT_EQ(Lull({"why", id}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("class paused"), HasSubstr("lull classes resume batch")));
  ASSERT_EQ(Lull({"top"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("1 pending"), HasSubstr("PAUSED"), HasSubstr("batch")));
  ASSERT_EQ(Lull({"classes", "resume", "batch"}), 0) << err_;
  EXPECT_EQ(Lull({"wait", id, "--timeout", "60s"}), 0) << err_;
  ASSERT_EQ(Lull({"why", id}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("SUCCEEDED"), HasSubstr("attempt 1 on")));
  EXPECT_EQ(Lull({"why", "019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2"}), 4);
  EXPECT_THAT(err_, HasSubstr("lull list"));
}

TEST_F(RealCommandsTest, WorkersAndUpstreamsAreListedAndAWorkerDrained) {
  ASSERT_EQ(Lull({"upstreams"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("HEALTHY"));
  ASSERT_EQ(Lull({"workers", "-o", "json"}), 0) << err_;
  ASSERT_EQ(Lines().size(), 1u) << out_;
  const std::string worker = Json::parse(Lines()[0])["workerId"];
  ASSERT_EQ(Lull({"workers", "drain", worker}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("draining"));
  EXPECT_EQ(Lull({"workers", "drain", "nobody"}), 4);
  EXPECT_EQ(Lull({"classes", "pause", "nothing"}), 4);
}

// How many events of this type a watch has printed.
int CountEvents(const std::string& out, absl::string_view type) {
  int count = 0;
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    count += absl::StrContains(line, absl::StrCat("\"JOB_EVENT_TYPE_", type, "\"")) ? 1 : 0;
  }
  return count;
}

TEST_F(RealCommandsTest, AWatchSeesEachEventOnceOverAKilledServer) {
  ASSERT_EQ(Lull({"classes", "pause", "batch"}), 0) << err_;
  std::vector<std::string> watched = {"watch", "-o", "json"};
  for (int i = 0; i < 8; ++i) watched.push_back(Submit({"--class", "batch"}));
  const auto watch = real_.Lull(ready_, watched);
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(watch->Out(), "synced"); }))
      << watch->Err();
  const pid_t killed = ready_["server_pid"];
  kill(killed, SIGKILL);
  ASSERT_TRUE(Eventually([&] {
    ready_ = real_.Ready(*up_);
    return ready_.is_object() && ready_["server_pid"].get<pid_t>() != killed;
  }));
  ASSERT_TRUE(Eventually([&] { return Lull({"classes", "resume", "batch"}) == 0; })) << err_;
  EXPECT_TRUE(Eventually([&] { return CountEvents(watch->Out(), "ENDED") == 8; })) << watch->Err();
  watch->Signal(SIGINT);
  EXPECT_EQ(watch->Wait(), 130);
  int64_t last = 0;
  for (absl::string_view line : absl::StrSplit(watch->Out(), '\n', absl::SkipEmpty())) {
    const Json object = Json::parse(std::string(line));
    if (!object.contains("event")) continue;
    const int64_t seq = std::stoll(object["event"]["seq"].get<std::string>());
    EXPECT_GT(seq, last);
    last = seq;
  }
  EXPECT_EQ(CountEvents(watch->Out(), "ENDED"), 8);
  EXPECT_EQ(CountEvents(watch->Out(), "STARTED"), 8 + CountEvents(watch->Out(), "RETURNED"));
  EXPECT_THAT(watch->Err(), AllOf(HasSubstr("reconnecting"), HasSubstr("connected again"),
                                  HasSubstr(absl::StrCat("--resume-after ", last))));
}

TEST_F(RealCommandsTest, ListsCancelsRetriesUpdatesDeletesAndPurges) {
  ASSERT_EQ(Lull({"classes", "pause", "batch"}), 0) << err_;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(
        Submit({"--class", "batch", "--label", absl::StrCat("n=", i), "--label", "run=7"}));
  }
  const std::string other = Submit({"--wait"});
  // Newest first, over pages.
  ASSERT_EQ(Lull({"list", "--label", "run=7", "--all", "-o", "json"}), 0) << err_;
  ASSERT_EQ(Lines().size(), 5u) << out_;
  EXPECT_EQ(Json::parse(Lines()[0])["id"], ids[4]);
  EXPECT_EQ(Json::parse(Lines()[4])["id"], ids[0]);
  ASSERT_EQ(Lull({"list", "--state", "live", "--since", "1h", "--filter", "labels.n != 3"}), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr(ids[0]), HasSubstr("class paused"), HasSubstr("PENDING")));
  EXPECT_FALSE(absl::StrContains(out_, ids[3]));
  EXPECT_EQ(Lull({"list", "--filter", "colour = red"}), 5);
  EXPECT_THAT(err_, HasSubstr("column"));

  ASSERT_EQ(Lull({"update", ids[0], "--priority", "9", "--label", "n=9"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("priority 9"), HasSubstr("n=9")));
  EXPECT_EQ(Lull({"update", other, "--priority", "1"}), 5);
  EXPECT_EQ(Lull({"update", ids[0], "--class", "nothing"}), 5);

  ASSERT_EQ(Lull({"cancel", ids[1]}), 0) << err_;
  ASSERT_EQ(Lull({"cancel", ids[1], ids[2], "-o", "json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["cancelledCount"], "1");
  EXPECT_EQ(Json::parse(out_)["skippedCount"], "1");
  ASSERT_EQ(Lull({"cancel", "--label", "run=7", "--state", "live"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("Cancelled 2;"));

  ASSERT_EQ(Lull({"retry", ids[2], "-o", "json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["retryOf"], ids[2]);
  ASSERT_EQ(Lull({"retry", "--label", "run=7", "--state", "cancelled", "-o", "json"}), 0) << err_;
  EXPECT_EQ(Lull({"retry", other}), 5);

  ASSERT_EQ(Lull({"delete", ids[1]}), 0) << err_;
  EXPECT_EQ(Lull({"get", ids[1]}), 4);
  ASSERT_EQ(Lull({"purge", "--label", "run=7"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("Nothing was deleted"));
  EXPECT_EQ(Lull({"get", ids[3]}), 0) << "a dry run deletes nothing";
  ASSERT_EQ(Lull({"purge", "--label", "run=7", "--force"}), 0) << err_;
  EXPECT_EQ(Lull({"get", ids[3]}), 4);
  ASSERT_EQ(Lull({"list", "--label", "run=7", "--state", "live", "-o", "json"}), 0) << err_;
  EXPECT_FALSE(Lines().empty()) << "jobs that have not ended stay";
}

TEST_F(RealCommandsTest, ABackupIsWrittenAndUsageCounted) {
  Submit({"--wait"});
  ASSERT_EQ(Lull({"backup", "--name", "copy.db"}), 0) << err_;
  const std::string path = out_.substr(0, out_.find('\n'));
  EXPECT_TRUE(FileExists(path)) << path;
  EXPECT_EQ(Lull({"backup", "--name", "copy.db"}), 5);
  ASSERT_EQ(Lull({"usage", "-o", "json"}), 0) << err_;
  ASSERT_EQ(Lines().size(), 1u) << out_;
  EXPECT_EQ(Json::parse(Lines()[0])["model"], "m");
}

}  // namespace
}  // namespace lull
