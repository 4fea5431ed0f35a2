#include "tools/lull/jobs/pending_text.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lull {
namespace {

TEST(PendingTextTest, ExplainsEveryReasonInItsOwnWords) {
  std::set<std::string> words;
  const auto& type = *v1::PendingReason_descriptor();
  for (int i = 0; i < type.value_count(); ++i) {
    const auto reason = static_cast<v1::PendingReason>(type.value(i)->number());
    EXPECT_NE(ShortTextOf(reason), "something newer") << type.value(i)->name();
    EXPECT_FALSE(SentenceOf(reason).empty());
    EXPECT_FALSE(AdviceOn(reason).empty());
    words.emplace(ShortTextOf(reason));
  }
  EXPECT_EQ(words.size(), static_cast<size_t>(type.value_count()));
}

TEST(PendingTextTest, AdmitsWhatItDoesNotKnow) {
  EXPECT_EQ(ShortTextOf(static_cast<v1::PendingReason>(99)), "something newer");
}

}  // namespace
}  // namespace lull
