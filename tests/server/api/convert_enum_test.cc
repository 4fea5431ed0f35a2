#include "server/api/convert_enum.h"

#include <set>

#include "google/protobuf/generated_enum_reflection.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

// Every value of the API's enum has the counterpart that `missing` says it has or has not; going
// there and back gives the same value, and no two values share a counterpart.
template <typename Theirs, typename Ours>
void ExpectRoundTrips(std::set<Theirs> missing, Ours last_of_ours) {
  const google::protobuf::EnumDescriptor* descriptor =
      google::protobuf::GetEnumDescriptor<Theirs>();
  std::set<Ours> seen;
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const Theirs theirs = static_cast<Theirs>(descriptor->value(i)->number());
    const auto ours = FromProto(theirs);
    EXPECT_EQ(ours.has_value(), missing.count(theirs) == 0) << descriptor->value(i)->name();
    if (!ours) continue;
    EXPECT_EQ(ToProto(*ours), theirs) << descriptor->value(i)->name();
    EXPECT_TRUE(seen.insert(*ours).second) << descriptor->value(i)->name();
  }
  // Ours are numbered without gaps.
  const int first = static_cast<int>(*seen.begin());
  EXPECT_EQ(seen.size(), static_cast<size_t>(static_cast<int>(last_of_ours) - first + 1));
  EXPECT_EQ(*seen.rbegin(), last_of_ours);
}

TEST(ConvertEnum, ANumberThatOnlyANewerClientKnowsHasNoCounterpart) {
  EXPECT_FALSE(FromProto(static_cast<v1::Outcome>(31)).has_value());
  EXPECT_FALSE(FromProto(static_cast<v1::RunWhen>(3)).has_value());
}
TEST(ConvertEnum, JobState) {
  ExpectRoundTrips<v1::JobState>({v1::JOB_STATE_UNSPECIFIED}, JobState::kExpired);
}
TEST(ConvertEnum, CancelCause) { ExpectRoundTrips<v1::CancelCause>({}, CancelCause::kParent); }
TEST(ConvertEnum, PendingReason) {
  ExpectRoundTrips<v1::PendingReason>({}, PendingReason::kStoreUnavailable);
}
TEST(ConvertEnum, ServedFrom) {
  ExpectRoundTrips<v1::ServedFrom>({v1::SERVED_FROM_CHILDREN}, ServedFrom::kTemplate);
}
TEST(ConvertEnum, Outcome) { ExpectRoundTrips<v1::Outcome>({}, Outcome::kUnknown); }
TEST(ConvertEnum, Billed) { ExpectRoundTrips<v1::Billed>({v1::BILLED_UNSPECIFIED}, Billed::kYes); }
TEST(ConvertEnum, OutsideWindow) {
  ExpectRoundTrips<v1::OutsideWindow>({}, OutsideWindow::kOptedIn);
}
TEST(ConvertEnum, RunWhen) { ExpectRoundTrips<v1::RunWhen>({}, RunWhen::kQuietHours); }

}  // namespace
}  // namespace lull
