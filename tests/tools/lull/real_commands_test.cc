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

TEST_F(RealCommandsTest, AWatchSeesEachEventOnceOverAKilledServer) {
  ASSERT_EQ(Lull({"classes", "pause", "batch"}), 0) << err_;
  std::vector<std::string> watched = {"watch", "-o", "json", "--until-terminal"};
  std::vector<std::string> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(Submit({"--class", "batch"}));
  watched.insert(watched.end(), ids.begin(), ids.end());
  const auto watch = real_.Lull(ready_, watched);
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(watch->Out(), "synced"); }))
      << watch->Err();
  kill(ready_["server_pid"].get<pid_t>(), SIGKILL);
  const pid_t killed = ready_["server_pid"];
  ASSERT_TRUE(Eventually([&] {
    ready_ = real_.Ready(*up_);
    return ready_.is_object() && ready_["server_pid"].get<pid_t>() != killed;
  }));
  ASSERT_TRUE(Eventually([&] { return Lull({"classes", "resume", "batch"}) == 0; })) << err_;
  EXPECT_EQ(watch->Wait(), 0) << watch->Err();
  int64_t last = 0;
  int started = 0;
  int ended = 0;
  for (absl::string_view line : absl::StrSplit(watch->Out(), '\n', absl::SkipEmpty())) {
    const Json object = Json::parse(std::string(line));
    if (!object.contains("event")) continue;
    const int64_t seq = std::stoll(object["event"]["seq"].get<std::string>());
    EXPECT_GT(seq, last);
    last = seq;
    const std::string type = object["event"]["type"];
    started += type == "JOB_EVENT_TYPE_STARTED" ? 1 : 0;
    ended += type == "JOB_EVENT_TYPE_ENDED" ? 1 : 0;
  }
  EXPECT_EQ(ended, 8) << watch->Out();
  EXPECT_GE(started, 8);
  EXPECT_THAT(watch->Err(), HasSubstr("reconnecting"));
}

}  // namespace
}  // namespace lull
