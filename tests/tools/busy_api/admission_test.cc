#include "tools/busy_api/admission.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  // The status of the refusal, or 200.
  int64_t Ask() {
    const AdmissionFacts facts = {call_, settings_,      1, steady_, virtual_now_,
                                  key_,  "retry_after_s"};
    const std::optional<Behaviour> refusal = Admit(facts, account_);
    last_ = refusal.value_or(Behaviour());
    return last_.status;
  }

  AdmissionTest() {
    call_.model = "m";
    call_.prompt_tokens = 10;
  }

  Call call_;
  Settings settings_;
  absl::Duration steady_ = absl::Hours(1);
  absl::Time virtual_now_ = absl::FromUnixSeconds(1'767'571'200);
  std::string key_;
  Account account_;
  Behaviour last_;
};

TEST_F(AdmissionTest, EverybodyIsLetInByDefault) { EXPECT_EQ(Ask(), 200); }

TEST_F(AdmissionTest, UnknownKeysAre401) {
  settings_.api_keys = "one,two";
  EXPECT_EQ(Ask(), 401);
  key_ = "Bearer on";
  EXPECT_EQ(Ask(), 401);
  key_ = "Bearer two";
  EXPECT_EQ(Ask(), 200);
}

TEST_F(AdmissionTest, UnknownModelsAre404WithTheName) {
  settings_.models = "a,b";
  EXPECT_EQ(Ask(), 404);
  EXPECT_TRUE(absl::StrContains(last_.error_message, "`m`"));
  EXPECT_EQ(last_.error_code, "model_not_found");
  call_.model = "b";
  EXPECT_EQ(Ask(), 200);
}

TEST_F(AdmissionTest, TooLongRequestsAreRefusedInTheDialectsWords) {
  settings_.context_tokens = 100;
  call_.prompt_tokens = 90;
  EXPECT_EQ(Ask(), 200);
  call_.output_tokens_max = 11;
  EXPECT_EQ(Ask(), 400);
  EXPECT_EQ(last_.error_code, "context_length_exceeded");
  settings_.dialect = "deepseek";
  EXPECT_EQ(Ask(), 400);
  EXPECT_NE(last_.error_code, "context_length_exceeded");
  EXPECT_TRUE(absl::StrContains(last_.error_message,
                                "maximum context length is 100 tokens. However, you requested 101"))
      << last_.error_message;
}

TEST_F(AdmissionTest, SpentBalanceIs402OrInsufficientQuota) {
  settings_.balance = 5;
  account_.spent = 4.9;
  EXPECT_EQ(Ask(), 200);
  account_.spent = 5;
  EXPECT_EQ(Ask(), 429);
  EXPECT_EQ(last_.error_code, "insufficient_quota");
  settings_.dialect = "deepseek";
  EXPECT_EQ(Ask(), 402);
}

TEST_F(AdmissionTest, DailyQuotaIsFreshAfterMidnightInLosAngeles) {
  settings_.requests_per_day = 2;
  EXPECT_EQ(Ask(), 200);
  EXPECT_EQ(Ask(), 200);
  EXPECT_EQ(Ask(), 429);
  EXPECT_TRUE(absl::StrContains(last_.error_code, "PerDay"));
  virtual_now_ += absl::Hours(8) - absl::Seconds(1);
  EXPECT_EQ(Ask(), 429);
  virtual_now_ += absl::Seconds(1);
  EXPECT_EQ(Ask(), 200);
}

TEST_F(AdmissionTest, ConcurrencyCapSaysItsNumberOnlyInTheText) {
  settings_.concurrency_cap = 39;
  account_.in_flight = 38;
  EXPECT_EQ(Ask(), 200);
  account_.in_flight = 39;
  EXPECT_EQ(Ask(), 429);
  EXPECT_TRUE(absl::StrContains(last_.error_message, "exceeds your concurrency limit of 39"))
      << last_.error_message;
  EXPECT_EQ(last_.hint, "none");
}

TEST_F(AdmissionTest, ConcurrencyCapMovesWithinItsSwing) {
  settings_.concurrency_cap = 100;
  settings_.concurrency_swing = 0.5;
  settings_.concurrency_period_s = 60;
  account_.number = 1;
  std::set<int64_t> seen;
  for (int second = 0; second < 3600; ++second) {
    const int64_t cap =
        ConcurrencyCap(settings_, 1, account_, virtual_now_ + absl::Seconds(second));
    EXPECT_GE(cap, 50);
    EXPECT_LE(cap, 150);
    seen.insert(cap);
  }
  EXPECT_GT(seen.size(), 30u);
  Account other;
  other.number = 2;
  EXPECT_NE(ConcurrencyCap(settings_, 1, account_, virtual_now_),
            ConcurrencyCap(settings_, 1, other, virtual_now_));
}

TEST_F(AdmissionTest, ConcurrencyCapFallsWithTheBalance) {
  settings_.concurrency_cap = 100;
  settings_.concurrency_by_balance = true;
  account_.spent = 7;
  EXPECT_EQ(ConcurrencyCap(settings_, 1, account_, virtual_now_), 100) << "no balance is set";
  settings_.balance = 10;
  EXPECT_EQ(ConcurrencyCap(settings_, 1, account_, virtual_now_), 30);
  account_.in_flight = 30;
  EXPECT_EQ(Ask(), 429);
  EXPECT_TRUE(absl::StrContains(last_.error_message, "concurrency limit of 30"));
  account_.spent = 9.999;
  EXPECT_EQ(ConcurrencyCap(settings_, 1, account_, virtual_now_), 1);
  settings_.concurrency_by_balance = false;
  EXPECT_EQ(ConcurrencyCap(settings_, 1, account_, virtual_now_), 100);
}

TEST_F(AdmissionTest, RequestRateRefillsAndHintsWhen) {
  settings_.requests_per_minute = 60;
  settings_.count_rejected = false;
  for (int i = 0; i < 60; ++i) ASSERT_EQ(Ask(), 200) << i;
  EXPECT_EQ(Ask(), 429);
  EXPECT_EQ(last_.hint, "retry_after_s");
  EXPECT_NEAR(last_.hint_s, 1, 1e-6);
  steady_ += absl::Milliseconds(1001);
  EXPECT_EQ(Ask(), 200);
  EXPECT_EQ(Ask(), 429);
}

TEST_F(AdmissionTest, RejectedCallsMayUseUpTheRateToo) {
  settings_.requests_per_minute = 60;
  settings_.count_rejected = true;
  for (int i = 0; i < 60; ++i) ASSERT_EQ(Ask(), 200) << i;
  for (int i = 0; i < 30; ++i) ASSERT_EQ(Ask(), 429) << i;
  steady_ += absl::Seconds(10);
  EXPECT_EQ(Ask(), 429) << "thirty rejections cost thirty seconds";
  steady_ += absl::Seconds(23);
  EXPECT_EQ(Ask(), 200);
}

TEST_F(AdmissionTest, TokenRateCountsPromptAndAllowedOutput) {
  settings_.tokens_per_minute = 1000;
  call_.prompt_tokens = 400;
  call_.output_tokens_max = 200;
  EXPECT_EQ(Ask(), 200);
  EXPECT_EQ(Ask(), 429);
  EXPECT_EQ(last_.error_type, "tokens");
  EXPECT_NEAR(last_.hint_s, 12, 1e-6);
  const RateState state = RatesOf(settings_, account_, steady_);
  EXPECT_EQ(state.tokens.limit, 1000);
  EXPECT_EQ(state.tokens.remaining, 400);
  EXPECT_EQ(state.tokens.reset, absl::Seconds(36));
}

TEST(AccountBookTest, AccountsAreKnownByTheirKey) {
  AccountBook book;
  const std::string a = "Bearer a";
  const std::string b = "Bearer b";
  EXPECT_EQ(book.Of(nullptr).number, 0);
  EXPECT_EQ(book.Of(&a).number, 1);
  EXPECT_EQ(book.Of(&b).number, 2);
  EXPECT_EQ(book.Of(&a).number, 1);
  EXPECT_EQ(book.Of(nullptr).number, 0);
  for (const auto& [key, account] : book.accounts()) {
    EXPECT_FALSE(absl::StrContains(key, "Bearer")) << "keys are kept as hashes only";
  }
}

}  // namespace
}  // namespace lull
