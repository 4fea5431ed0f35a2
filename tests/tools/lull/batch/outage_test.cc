#include "tools/lull/batch/outage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/fake_clock.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutageTest : public testing::Test {
 protected:
  FakeClock clock_;
  std::vector<std::string> said_;
  Outage outage_{clock_, absl::Minutes(1),
                 [this](absl::string_view message) { said_.emplace_back(message); }};
};

TEST_F(OutageTest, TriesAgainLaterAndLater) {
  absl::Duration upper = absl::Milliseconds(200);
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
    const absl::Duration pause = outage_.resume_at() - clock_.Now().steady;
    EXPECT_GE(pause, upper / 2);
    EXPECT_LE(pause, upper);
    upper = std::min(2 * upper, absl::Seconds(3));
  }
}

TEST_F(OutageTest, SaysWhenItBeginsAndWhenItIsOver) {
  outage_.OnAnswer();
  EXPECT_THAT(said_, IsEmpty());
  ASSERT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
  ASSERT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
  clock_.Advance(absl::Seconds(5));
  outage_.OnAnswer();
  outage_.OnAnswer();
  EXPECT_THAT(said_, ElementsAre(HasSubstr("does not answer: away"), HasSubstr("after 5s")));
}

TEST_F(OutageTest, GivesUpAfterItsPatience) {
  ASSERT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(outage_.OnFailure(absl::UnavailableError("away")).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(OutageTest, BeginsAnewAfterAnAnswer) {
  ASSERT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
  outage_.OnAnswer();
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(outage_.OnFailure(absl::UnavailableError("away")).ok());
}

TEST_F(OutageTest, GivesUpAtOnceOnWhatWillNotPass) {
  EXPECT_EQ(outage_.OnFailure(absl::InvalidArgumentError("wrong")).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(outage_.OnFailure(absl::DataLossError("disk full")).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_THAT(said_, IsEmpty());
}

}  // namespace
}  // namespace lull
