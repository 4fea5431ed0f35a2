#include "tools/lull/admin/usage_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::UsageRow Row(const std::string& day, const std::string& class_name, int64_t micros,
                 const std::string& currency = "USD") {
  v1::UsageRow row;
  row.set_day(day);
  row.set_class_name(class_name);
  row.set_calls(2);
  row.mutable_usage()->set_prompt_tokens(100);
  row.mutable_usage()->set_completion_tokens(7);
  if (micros > 0) {
    row.mutable_cost()->set_micros(micros);
    row.mutable_cost()->set_currency_code(currency);
  }
  return row;
}

TEST(UsageTextTest, WritesMoneyAsExactlyAsItIs) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_micros(1'500'000);
  EXPECT_EQ(MoneyText(money), "1.50 USD");
  money.set_micros(123);
  EXPECT_EQ(MoneyText(money), "0.000123 USD");
  money.set_micros(-2'000'000);
  EXPECT_EQ(MoneyText(money), "-2.00 USD");
}

TEST(UsageTextTest, AddsUpByWhatIsAsked) {
  const std::vector<v1::UsageRow> rows = {Row("2026-11-01", "a", 10), Row("2026-11-01", "b", 20),
                                          Row("2026-11-02", "a", 30)};
  const std::vector<v1::UsageRow> by_class = AddedUp(rows, UsageBy::kClass);
  ASSERT_EQ(by_class.size(), 2u);
  EXPECT_EQ(by_class[0].class_name(), "a");
  EXPECT_EQ(by_class[0].day(), "");
  EXPECT_EQ(by_class[0].calls(), 4);
  EXPECT_EQ(by_class[0].usage().prompt_tokens(), 200);
  EXPECT_EQ(by_class[0].cost().micros(), 40);
  EXPECT_EQ(AddedUp(rows, UsageBy::kNothing).size(), 3u);
}

TEST(UsageTextTest, NeverAddsDifferentCurrencies) {
  const std::vector<v1::UsageRow> rows = {Row("2026-11-01", "a", 10, "USD"),
                                          Row("2026-11-01", "a", 20, "CNY")};
  EXPECT_EQ(AddedUp(rows, UsageBy::kDay).size(), 2u);
  EXPECT_THAT(UsageTable(rows).ToString(),
              AllOf(HasSubstr("0.00001 USD"), HasSubstr("0.00002 CNY"), Not(HasSubstr("0.00003"))));
}

TEST(UsageTextTest, ShowsOnlyColumnsThatAreUsedAndASum) {
  const std::string text =
      UsageTable({Row("2026-11-01", "a", 0), Row("2026-11-02", "a", 0)}).ToString();
  EXPECT_THAT(text, AllOf(HasSubstr("DAY"), HasSubstr("CLASS"), Not(HasSubstr("TENANT")),
                          Not(HasSubstr("COST")), HasSubstr("total"), HasSubstr("200")));
}

}  // namespace
}  // namespace lull
