#include "base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lull {
namespace {

absl::Status FailIf(bool fail) {
  return fail ? absl::DataLossError("read 3 of 4 bytes") : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<int>> MakeUnless(bool fail, int value) {
  if (fail) return absl::NotFoundError("no such job");
  return std::make_unique<int>(value);
}

absl::Status CountSteps(bool fail, int& steps) {
  LULL_RETURN_IF_ERROR(FailIf(false));
  ++steps;
  LULL_RETURN_IF_ERROR(FailIf(fail));
  ++steps;
  return absl::OkStatus();
}

absl::StatusOr<int> Sum(bool fail_first, bool fail_second) {
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<int> first, MakeUnless(fail_first, 1));
  std::unique_ptr<int> second;
  LULL_ASSIGN_OR_RETURN(second, MakeUnless(fail_second, 2));
  return *first + *second;
}

TEST(ReturnIfErrorTest, GoesOnWhenOk) {
  int steps = 0;
  EXPECT_EQ(CountSteps(false, steps), absl::OkStatus());
  EXPECT_EQ(steps, 2);
}

TEST(ReturnIfErrorTest, ReturnsTheErrorAtOnce) {
  int steps = 0;
  EXPECT_EQ(CountSteps(true, steps), absl::DataLossError("read 3 of 4 bytes"));
  EXPECT_EQ(steps, 1);
}

TEST(AssignOrReturnTest, MovesTheValueIntoADeclarationOrAVariable) {
  const absl::StatusOr<int> sum = Sum(false, false);
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(*sum, 3);
}

TEST(AssignOrReturnTest, ReturnsTheErrorOfEitherCall) {
  EXPECT_EQ(Sum(true, false).status(), absl::NotFoundError("no such job"));
  EXPECT_EQ(Sum(false, true).status(), absl::NotFoundError("no such job"));
}

}  // namespace
}  // namespace lull
