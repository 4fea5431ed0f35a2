#include "server/scheduler/retry_policy.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

struct Row {
  Outcome outcome;
  CallSignal signal;
  bool costs;
  FollowUp first;  // with attempts left
};

constexpr Row kRows[] = {
    {Outcome::kSucceeded, CallSignal::kOk, false, FollowUp::kSucceed},
    {Outcome::kBusy, CallSignal::kBusy, false, FollowUp::kRetry},
    {Outcome::kRateLimited, CallSignal::kBusy, false, FollowUp::kRetry},
    {Outcome::kQuotaExhausted, CallSignal::kBusy, false, FollowUp::kRetry},
    {Outcome::kServerError, CallSignal::kFailed, true, FollowUp::kRetry},
    {Outcome::kTimeout, CallSignal::kFailed, true, FollowUp::kRetry},
    {Outcome::kConnectionFailed, CallSignal::kFailed, true, FollowUp::kRetry},
    {Outcome::kTruncated, CallSignal::kFailed, true, FollowUp::kRetry},
    {Outcome::kInvalidResponse, CallSignal::kFailed, true, FollowUp::kRetry},
    {Outcome::kInvalidRequest, CallSignal::kOk, true, FollowUp::kFail},
    {Outcome::kContextOverflow, CallSignal::kOk, true, FollowUp::kFail},
    {Outcome::kUnauthorized, CallSignal::kRefused, false, FollowUp::kRetry},
    {Outcome::kNoBalance, CallSignal::kRefused, false, FollowUp::kRetry},
    {Outcome::kModelNotFound, CallSignal::kRefused, false, FollowUp::kRetry},
    {Outcome::kCancelled, CallSignal::kNoSignal, false, FollowUp::kRetry},
    {Outcome::kReleased, CallSignal::kNoSignal, false, FollowUp::kRetry},
    {Outcome::kUnknown, CallSignal::kNoSignal, true, FollowUp::kRetry},
};

TEST(RetryPolicyTest, EveryOutcomeHasItsFollowUp) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(static_cast<int>(row.outcome));
    EXPECT_EQ(SignalOf(row.outcome), row.signal);
    EXPECT_EQ(CostsAttempt(row.outcome), row.costs);
    EXPECT_EQ(Judge({row.outcome, std::nullopt, 1, 3, 1, 200}).follow_up, row.first);
  }
}

TEST(RetryPolicyTest, OnlyWhatCostsAttemptsUsesThemUp) {
  for (const Row& row : kRows) {
    if (row.first != FollowUp::kRetry) continue;
    SCOPED_TRACE(static_cast<int>(row.outcome));
    EXPECT_EQ(Judge({row.outcome, std::nullopt, 3, 3, 5, 200}).follow_up,
              row.costs ? FollowUp::kFail : FollowUp::kRetry);
  }
}

TEST(RetryPolicyTest, JobThatGoesRoundForEverEnds) {
  const Verdict verdict = Judge({Outcome::kBusy, std::nullopt, 0, 3, 200, 200});
  EXPECT_EQ(verdict.follow_up, FollowUp::kFail);
  EXPECT_STREQ(verdict.reason, "DISPATCH_LIMIT");
  EXPECT_EQ(Judge({Outcome::kBusy, std::nullopt, 0, 3, 199, 200}).follow_up, FollowUp::kRetry);
}

TEST(RetryPolicyTest, ProvidersWordOverridesTheStatus) {
  EXPECT_EQ(Judge({Outcome::kServerError, false, 1, 3, 1, 200}).follow_up, FollowUp::kFail);
  EXPECT_EQ(Judge({Outcome::kRateLimited, false, 0, 3, 1, 200}).follow_up, FollowUp::kFail);
  EXPECT_EQ(Judge({Outcome::kBusy, false, 0, 3, 1, 200}).follow_up, FollowUp::kFail);
  EXPECT_EQ(Judge({Outcome::kQuotaExhausted, false, 0, 3, 1, 200}).follow_up, FollowUp::kRetry);
  EXPECT_EQ(Judge({Outcome::kNoBalance, false, 0, 3, 1, 200}).follow_up, FollowUp::kRetry);
  EXPECT_EQ(Judge({Outcome::kInvalidRequest, true, 1, 3, 1, 200}).follow_up, FollowUp::kRetry);
  EXPECT_EQ(Judge({Outcome::kInvalidRequest, true, 3, 3, 3, 200}).follow_up, FollowUp::kFail);
}

TEST(RetryPolicyTest, ClassMayForbidToRepeatWhatMayHaveBeenBilled) {
  EXPECT_EQ(Judge({Outcome::kUnknown, std::nullopt, 1, 3, 1, 200, OnUnknown::kFail}).follow_up,
            FollowUp::kFail);
}

TEST(RetryPolicyTest, SoMayNotWhatAStoppedWorkerBrokeOffAfterItWasSent) {
  EndedAttempt attempt;
  attempt.outcome = Outcome::kCancelled;
  attempt.max_attempts = 3;
  attempt.max_dispatches = 200;
  attempt.on_unknown = OnUnknown::kFail;
  EXPECT_EQ(Judge(attempt).follow_up, FollowUp::kRetry);
  attempt.maybe_billed = true;
  EXPECT_EQ(Judge(attempt).follow_up, FollowUp::kFail);
  EXPECT_STREQ(Judge(attempt).reason, "OUTCOME_UNKNOWN");
  attempt.on_unknown = OnUnknown::kRetry;
  EXPECT_EQ(Judge(attempt).follow_up, FollowUp::kRetry);
}

}  // namespace
}  // namespace lull
