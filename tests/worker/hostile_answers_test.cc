// Answers that mean harm: each ends in bounded time and memory, with a record, after one request.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "tests/worker/busy_upstream.h"

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
  v1::Outcome plain;
  v1::Outcome streamed;
  absl::Duration total = absl::Seconds(20);
};

class HostileAnswersTest : public testing::TestWithParam<bool> {
 protected:
  void Check(const Row& row) {
    SCOPED_TRACE(absl::StrCat(row.script, GetParam() ? ", streamed" : ", whole"));
    ASSERT_NO_FATAL_FAILURE(ForgetPeak());
    const int64_t before = MemoryKib("VmRSS");
    const absl::Duration start = SystemClock().Now().steady;
    const BusyUpstream::Called called = upstream_.Call(row.script, GetParam(), row.total);
    EXPECT_LT(SystemClock().Now().steady - start, kTimeMax);
    EXPECT_EQ(called.requests, 1);
    const v1::Outcome expected = GetParam() ? row.streamed : row.plain;
    EXPECT_EQ(v1::Outcome_Name(called.result.outcome()), v1::Outcome_Name(expected))
        << called.result.error().message();
    EXPECT_NE(called.result.error().message(), "");
    EXPECT_LT(called.result.ByteSizeLong(), 8192u);
    EXPECT_FALSE(absl::StrContains(called.result.DebugString(), kBusyKey));
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory
    EXPECT_LE(MemoryKib("VmHWM") - before, kGrowthKibMax);
#endif
  }

  BusyUpstream upstream_;
};

TEST_P(HostileAnswersTest, EveryRowEndsInBoundedTimeAndMemory) {
  const Row rows[] = {
      {R"({"preset":"queue_for_ever","keep_alive_s":0.01})", v1::OUTCOME_TIMEOUT,
       v1::OUTCOME_TIMEOUT},
      {R"({"preset":"drip","drip_wait_s":0.1})", v1::OUTCOME_TIMEOUT, v1::OUTCOME_TIMEOUT,
       absl::Seconds(3)},
      {"close_after_read", v1::OUTCOME_CONNECTION_FAILED, v1::OUTCOME_CONNECTION_FAILED},
      {"reset_after_read", v1::OUTCOME_CONNECTION_FAILED, v1::OUTCOME_CONNECTION_FAILED},
      {R"({"preset":"cut_stream","cut_after_chunks":1})", v1::OUTCOME_TRUNCATED,
       v1::OUTCOME_TRUNCATED},
      {"huge_body", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {"huge_line", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {"huge_header", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {"many_headers", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {"gzip_bomb", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {R"({"preset":"deep_json","hostile_bytes":10000})", v1::OUTCOME_INVALID_RESPONSE,
       v1::OUTCOME_INVALID_RESPONSE},
      {"deep_json", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {"redirect", v1::OUTCOME_INVALID_RESPONSE, v1::OUTCOME_INVALID_RESPONSE},
      {"echo_key", v1::OUTCOME_INVALID_REQUEST, v1::OUTCOME_INVALID_REQUEST},
      {"bad_key_401", v1::OUTCOME_UNAUTHORIZED, v1::OUTCOME_UNAUTHORIZED},
  };
  // What the first call needs for itself (TLS, resolver, buffers) is not the answers' fault.
  upstream_.Call("ok", GetParam());
  for (const Row& row : rows) Check(row);
}

INSTANTIATE_TEST_SUITE_P(WholeAndStreamed, HostileAnswersTest, testing::Bool());

}  // namespace
}  // namespace lull
