// Answers that mean harm: each ends in bounded time and memory, with a record, after one request.
// What becomes of their jobs is asked by //tests/integration:answers_test.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "tests/worker/answer_table.h"
#include "tests/worker/busy_upstream.h"
#include "tests/worker/nginx_front.h"

namespace lull {
namespace {

constexpr int64_t kGrowthKibMax = 64 << 10;
constexpr absl::Duration kTimeMax = absl::Seconds(30);

// "VmRSS" or "VmHWM" of /proc/self/status.
int64_t MemoryKib(absl::string_view name) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    absl::string_view rest = line;
    int64_t kib;
    if (absl::ConsumePrefix(&rest, name) && absl::ConsumePrefix(&rest, ":") &&
        absl::SimpleAtoi(absl::StripSuffix(rest, " kB"), &kib)) {
      return kib;
    }
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

// From now on VmHWM is the peak.
void ForgetPeak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5";
  file.close();
  ASSERT_TRUE(file.good());
}

struct Way {
  bool streamed;
  BusyUpstream::Via via;
};

class HostileAnswersTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (GetParam().via == BusyUpstream::Via::kHttp2 && !NginxFront::IsInstalled()) {
      GTEST_SKIP() << "nginx is missing: HTTP/2 is not tested";
    }
    upstream_ = std::make_unique<BusyUpstream>(GetParam().via);
  }

  static AnswerEnd Expected(const AnswerRow& row) {
    if (GetParam().via == BusyUpstream::Via::kHttp2 && row.gateway) return *row.gateway;
    return GetParam().streamed ? row.streamed : row.plain;
  }

  void Check(const AnswerRow& row) {
    SCOPED_TRACE(row.name);
    ASSERT_NO_FATAL_FAILURE(ForgetPeak());
    [[maybe_unused]] const int64_t before = MemoryKib("VmRSS");
    const absl::Duration start = SystemClock().Now().steady;
    const AnswerEnd expected = Expected(row);
    const BusyUpstream::Called called =
        upstream_->Call({.script = row.script,
                         .stream = GetParam().streamed,
                         .runs_out_of_time = expected.outcome == v1::OUTCOME_TIMEOUT});
    EXPECT_LT(SystemClock().Now().steady - start, kTimeMax);
    EXPECT_EQ(called.requests, 1);
    EXPECT_EQ(v1::Outcome_Name(called.result.outcome()), v1::Outcome_Name(expected.outcome))
        << called.result.error().message();
    EXPECT_EQ(v1::Billed_Name(called.result.billed()), v1::Billed_Name(expected.billed));
    const bool by_gateway = GetParam().via == BusyUpstream::Via::kHttp2 && row.gateway;
    EXPECT_TRUE(by_gateway || absl::StrContains(called.result.error().message(), row.error))
        << called.result.error().message();
    EXPECT_NE(called.result.error().message(), "");
    EXPECT_LT(called.result.ByteSizeLong(), 8192u);
    EXPECT_FALSE(absl::StrContains(called.result.DebugString(), kBusyKey));
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory
    EXPECT_LE(MemoryKib("VmHWM") - before, kGrowthKibMax);
#endif
  }

  std::unique_ptr<BusyUpstream> upstream_;
};

TEST_P(HostileAnswersTest, EveryRowEndsInBoundedTimeAndMemory) {
  // What the first call needs for itself (TLS, resolver, buffers) is not the answers' fault.
  upstream_->Call({"ok", GetParam().streamed});
  for (const AnswerRow& row : HostileTable()) Check(row);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, HostileAnswersTest,
    testing::Values(Way{false, BusyUpstream::Via::kHttp11}, Way{true, BusyUpstream::Via::kHttp11},
                    Way{false, BusyUpstream::Via::kHttp2}, Way{true, BusyUpstream::Via::kHttp2}),
    [](const testing::TestParamInfo<Way>& info) {
      return absl::StrCat(info.param.streamed ? "Streamed" : "Whole",
                          info.param.via == BusyUpstream::Via::kHttp2 ? "Http2" : "Http11");
    });

}  // namespace
}  // namespace lull
