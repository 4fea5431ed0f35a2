#include "server/scheduler/upstream_state.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr absl::Duration kNow = absl::Hours(10);

void Call(UpstreamState& upstream, CallSignal signal, absl::Duration now,
          std::optional<absl::Duration> retry_after = std::nullopt) {
  RunningCall call{0, 0, now, false};
  call.probe = upstream.Start(now);
  upstream.End(call, {signal, retry_after, std::nullopt}, now);
}

TEST(UpstreamStateTest, IsEjectedAfterFailuresInARowAndProbedByOneCall) {
  UpstreamState upstream;
  for (int i = 0; i < UpstreamState::kFailuresToEject; ++i) {
    EXPECT_EQ(upstream.Gate(kNow), PendingReason::kNone);
    Call(upstream, CallSignal::kFailed, kNow);
  }
  EXPECT_EQ(upstream.Gate(kNow), PendingReason::kUpstreamDown);
  EXPECT_FALSE(upstream.IsUsable(kNow));
  const absl::Duration later = upstream.OpensAt(kNow);
  EXPECT_EQ(later, kNow + absl::Seconds(5));
  EXPECT_EQ(upstream.Gate(later), PendingReason::kNone);
  RunningCall probe{0, 0, later, upstream.Start(later)};
  EXPECT_TRUE(probe.probe);
  EXPECT_EQ(upstream.Gate(later), PendingReason::kUpstreamDown) << "one probe at a time";
  upstream.End(probe, {CallSignal::kOk, {}, {}}, later);
  EXPECT_EQ(upstream.Gate(later), PendingReason::kNone);
  EXPECT_TRUE(upstream.IsUsable(later));
}

TEST(UpstreamStateTest, EjectionDoublesWithEachFailedProbe) {
  UpstreamState upstream;
  for (int i = 0; i < UpstreamState::kFailuresToEject; ++i)
    Call(upstream, CallSignal::kFailed, kNow);
  absl::Duration now = kNow;
  for (int seconds : {5, 10, 20, 40, 60, 60}) {
    EXPECT_EQ(upstream.OpensAt(now), now + absl::Seconds(seconds));
    now = upstream.OpensAt(now);
    Call(upstream, CallSignal::kFailed, now);
  }
}

TEST(UpstreamStateTest, ProbeThatIsNotMadeGivesWayToAnother) {
  UpstreamState upstream;
  for (int i = 0; i < UpstreamState::kFailuresToEject; ++i)
    Call(upstream, CallSignal::kFailed, kNow);
  const absl::Duration later = upstream.OpensAt(kNow);
  Call(upstream, CallSignal::kNoSignal, later);
  EXPECT_EQ(upstream.Gate(later), PendingReason::kNone);
}

TEST(UpstreamStateTest, RefusalOfOurCredentialParksIt) {
  UpstreamState upstream;
  Call(upstream, CallSignal::kRefused, kNow);
  EXPECT_TRUE(upstream.parked());
  EXPECT_EQ(upstream.Gate(kNow), PendingReason::kNoUpstream);
  const absl::Duration later = upstream.OpensAt(kNow);
  EXPECT_EQ(later, kNow + absl::Seconds(30));
  Call(upstream, CallSignal::kOk, later);
  EXPECT_FALSE(upstream.parked());
}

TEST(UpstreamStateTest, RetryAfterBlocksEverybodyUntilThen) {
  UpstreamState upstream;
  Call(upstream, CallSignal::kBusy, kNow, absl::Seconds(90));
  EXPECT_EQ(upstream.Gate(kNow + absl::Seconds(89)), PendingReason::kUpstreamBusy);
  EXPECT_EQ(upstream.Gate(kNow + absl::Seconds(90)), PendingReason::kNone);
}

TEST(UpstreamStateTest, AbsurdRetryAfterIsCut) {
  UpstreamState upstream;
  Call(upstream, CallSignal::kBusy, kNow, absl::Hours(100'000));
  EXPECT_EQ(upstream.OpensAt(kNow), kNow + absl::Hours(24));
}

TEST(UpstreamStateTest, AtTheLowestLimitThePaceFallsInTime) {
  UpstreamState upstream;
  absl::Duration now = kNow;
  int calls = 0;
  for (; now < kNow + absl::Minutes(1); now += absl::Milliseconds(1)) {
    if (upstream.Gate(now) != PendingReason::kNone) continue;
    Call(upstream, CallSignal::kBusy, now);
    ++calls;
  }
  EXPECT_LT(calls, 60) << "an upstream that refuses everything is asked less than once a second";
}

TEST(UpstreamStateTest, KeepsWhatItLearnedOverARestart) {
  UpstreamState upstream;
  Call(upstream, CallSignal::kBusy, kNow, absl::Seconds(90));
  EXPECT_TRUE(upstream.TakeChanged());
  EXPECT_FALSE(upstream.TakeChanged());
  const absl::Time wall = absl::FromUnixSeconds(1'700'000'000);
  const std::string saved = upstream.Save({wall, kNow});
  UpstreamState restored;
  const Instant later{wall + absl::Seconds(30), absl::Seconds(1)};
  ASSERT_TRUE(restored.Restore(saved, later).ok());
  EXPECT_EQ(restored.limit().calls(), upstream.limit().calls());
  EXPECT_EQ(restored.OpensAt(later.steady), later.steady + absl::Seconds(60));
  EXPECT_FALSE(restored.Restore("8 8", later).ok());
}

}  // namespace
}  // namespace lull
