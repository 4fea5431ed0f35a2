// A server whose file is damaged while it is down, after which it is killed: it finds out by
// itself.
#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/submit_load.h"
#include "tests/storage/sqlite/damage.h"
#include "tests/testing/lull_client.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(60);

constexpr char kConfig[] = R"(
upstreams:
  - {name: nobody, base_url: "http://127.0.0.1:9", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: nobody}]}
)";

class DamagedStoreTest : public ::testing::Test {
 protected:
  double Metric(const std::string& name, const MetricsPage::Labels& labels = {}) {
    return server_.Metrics().Sum(name, labels);
  }
  bool Creates(const std::string& marker) {
    return LullClient(server_.address()).CreateJob(MarkedJob(marker, "")).ok();
  }

  ServerProcess server_{kConfig};
};

TEST_F(DamagedStoreTest, IsFoundAfterAKillAndNothingIsServedAnyMore) {
  server_.Start();
  ASSERT_TRUE(Creates("before"));
  server_.Stop();
  DamageStore(server_.data_dir());

  // Whoever stopped as it should is believed.
  server_.Start();
  ASSERT_TRUE(Creates("after"));
  EXPECT_EQ(Metric("lull_store_damaged"), 0);
  EXPECT_EQ(Metric("lull_store_checks_total"), 0);
  server_.Kill();

  server_.Start();
  EXPECT_TRUE(PollUntil(kLimit, [&] { return Metric("lull_store_damaged") == 1; }))
      << server_.process().LogTail();
  EXPECT_EQ(Metric("lull_store_checks_total", {{"result", "damaged"}}), 1);
  EXPECT_TRUE(PollUntil(kLimit, [&] { return !Creates("refused"); }));
  EXPECT_THAT(server_.process().LogTail(), ::testing::HasSubstr("restore the newest backup"));
  EXPECT_TRUE(server_.process().running()) << "so that it can be seen";
  server_.Stop();

  // Restarting it does not help.
  server_.Start();
  EXPECT_TRUE(PollUntil(kLimit, [&] { return Metric("lull_store_damaged") == 1; }));
  server_.Stop();
}

TEST_F(DamagedStoreTest, AWholeStoreIsServedOnAfterAKill) {
  server_.Start();
  ASSERT_TRUE(Creates("before"));
  server_.Kill();
  server_.Start();
  EXPECT_TRUE(PollUntil(kLimit, [&] {
    return Metric("lull_store_checks_total", {{"result", "whole"}}) == 1;
  })) << server_.process().LogTail();
  EXPECT_TRUE(Creates("after"));
  EXPECT_EQ(Metric("lull_store_damaged"), 0);
  server_.Stop();
}

}  // namespace
}  // namespace lull
