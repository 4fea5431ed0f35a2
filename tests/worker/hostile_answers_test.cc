// Answers that mean harm: each ends in bounded time and memory, with a record, after one request.
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

struct Row {
  const char* script;
  v1::Outcome outcome;
  v1::Billed billed;
  // Of nginx, where that gives another answer in place of this one.
  v1::Outcome gateway = v1::OUTCOME_UNSPECIFIED;
};

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

  void Check(const Row& row) {
    SCOPED_TRACE(row.script);
    ASSERT_NO_FATAL_FAILURE(ForgetPeak());
    [[maybe_unused]] const int64_t before = MemoryKib("VmRSS");
    const absl::Duration start = SystemClock().Now().steady;
    const BusyUpstream::Called called = upstream_->Call(row.script, GetParam().streamed);
    EXPECT_LT(SystemClock().Now().steady - start, kTimeMax);
    EXPECT_EQ(called.requests, 1);
    const bool by_gateway =
        GetParam().via == BusyUpstream::Via::kHttp2 && row.gateway != v1::OUTCOME_UNSPECIFIED;
    EXPECT_EQ(v1::Outcome_Name(called.result.outcome()),
              v1::Outcome_Name(by_gateway ? row.gateway : row.outcome))
        << called.result.error().message();
    EXPECT_EQ(v1::Billed_Name(called.result.billed()), v1::Billed_Name(row.billed));
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
  constexpr v1::Billed kMaybe = v1::BILLED_MAYBE;
  const Row rows[] = {
      {R"({"preset":"queue_for_ever","keep_alive_s":0.01})", v1::OUTCOME_TIMEOUT, kMaybe},
      {R"({"preset":"drip","drip_wait_s":0.1,"output_tokens":2000})", v1::OUTCOME_TIMEOUT, kMaybe},
      {"close_after_read", v1::OUTCOME_CONNECTION_FAILED, kMaybe, v1::OUTCOME_SERVER_ERROR},
      {"reset_after_read", v1::OUTCOME_CONNECTION_FAILED, kMaybe, v1::OUTCOME_SERVER_ERROR},
      {R"({"preset":"cut_stream","cut_after_chunks":1})", v1::OUTCOME_TRUNCATED, kMaybe},
      {"huge_body", v1::OUTCOME_INVALID_RESPONSE, kMaybe},
      {"huge_line", v1::OUTCOME_INVALID_RESPONSE, kMaybe},
      {"huge_header", v1::OUTCOME_INVALID_RESPONSE, kMaybe, v1::OUTCOME_SERVER_ERROR},
      {"many_headers", v1::OUTCOME_INVALID_RESPONSE, kMaybe, v1::OUTCOME_SERVER_ERROR},
      {"gzip_bomb", v1::OUTCOME_INVALID_RESPONSE, kMaybe},
      {R"({"preset":"deep_json","hostile_bytes":10000})", v1::OUTCOME_INVALID_RESPONSE, kMaybe},
      {"deep_json", v1::OUTCOME_INVALID_RESPONSE, kMaybe},
      {"redirect", v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_NO},
      {"echo_key", v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO},
      {"bad_key_401", v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO},
  };
  // What the first call needs for itself (TLS, resolver, buffers) is not the answers' fault.
  upstream_->Call("ok", GetParam().streamed);
  for (const Row& row : rows) Check(row);
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
