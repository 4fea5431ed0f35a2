// Time is injected (base/clock.h) and nothing sleeps: otherwise tests depend on the machine's pace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/style/source_tree.h"

namespace lull {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bool MayUseTheSystemsClock(const std::string& path) {
  return IsBelow(path, "base") || IsBelow(path, "tests/base/clock") ||
         // Measures real time, which is what it is for.
         IsBelow(path, "tests/benchmarks");
}

std::vector<std::string> ClockUses(const SourceFile& file) {
  static const std::regex& banned = *new std::regex(
      R"((\babsl::(Now|GetCurrentTimeNanos|SleepFor)\b|\b(system|steady|high_resolution)_clock::now\b|)"
      R"(\bsleep_(for|until)\b|\b(usleep|sleep|nanosleep|gettimeofday|clock_gettime)\(|)"
      R"(\bstd::time\(|(^|[^\w.>:])time\((nullptr|NULL|0|&)|\bstd::condition_variable))");
  std::vector<std::string> uses;
  const std::vector<std::string> code = CodeOf(file.lines);
  for (size_t i = 0; i < code.size(); ++i) {
    std::smatch match;
    if (std::regex_search(code[i], match, banned)) {
      uses.push_back(absl::StrCat(file.path, ":", i + 1, ": ", match.str()));
    }
  }
  return uses;
}

TEST(ClockUseTest, OnlyTheLeavesAskTheSystemForTheTimeOrSleep) {
  for (const SourceFile& file : ReadSources()) {
    if (MayUseTheSystemsClock(file.path)) continue;
    for (const std::string& use : ClockUses(file)) {
      ADD_FAILURE() << use << "; take a Clock or an Instant (base/clock.h), or wait on a CondVar";
    }
  }
}

TEST(ClockUseTest, EveryBannedUseIsSeen) {
  for (const char* line :
       {"a = absl::Now();", "absl::SleepFor(x);", "std::chrono::system_clock::now()",
        "std::chrono::steady_clock::now()", "std::this_thread::sleep_for(x);", "usleep(1);",
        "::sleep(1);", "gettimeofday(&t, nullptr);", "clock_gettime(CLOCK_REALTIME, &t);",
        "x = time(nullptr);", "std::time(0)", "std::condition_variable ready_;"}) {
    EXPECT_EQ(ClockUses({"worker/x.cc", {line}}).size(), 1u) << line;
  }
}

TEST(ClockUseTest, OrdinaryCodeIsLeftAlone) {
  EXPECT_THAT(
      ClockUses({"worker/x.cc",
                 {"// absl::Now() is banned", "event.time(0)", "record->time(i)",
                  "clock.Now().steady", "absl::Time time(deadline);", "Log(\"sleep(1)\");"}}),
      IsEmpty());
  EXPECT_THAT(ClockUses({"worker/x.cc", {"", "absl::Now()"}}),
              ElementsAre("worker/x.cc:2: absl::Now"));
}

}  // namespace
}  // namespace lull
