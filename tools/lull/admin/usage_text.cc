#include "tools/lull/admin/usage_text.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/lull/terminal.h"

namespace lull {
namespace {

void Add(const v1::UsageRow& row, v1::UsageRow* sum) {
  sum->set_calls(sum->calls() + row.calls());
  sum->set_maybe_billed_calls(sum->maybe_billed_calls() + row.maybe_billed_calls());
  v1::Usage& usage = *sum->mutable_usage();
  usage.set_prompt_tokens(usage.prompt_tokens() + row.usage().prompt_tokens());
  usage.set_cached_prompt_tokens(usage.cached_prompt_tokens() + row.usage().cached_prompt_tokens());
  usage.set_completion_tokens(usage.completion_tokens() + row.usage().completion_tokens());
  usage.set_reasoning_tokens(usage.reasoning_tokens() + row.usage().reasoning_tokens());
  if (!row.has_cost()) return;
  sum->mutable_cost()->set_currency_code(row.cost().currency_code());
  sum->mutable_cost()->set_micros(sum->cost().micros() + row.cost().micros());
}

// The row with only the names that it is added up by.
v1::UsageRow NamesOf(const v1::UsageRow& row, UsageBy by) {
  v1::UsageRow names;
  if (by == UsageBy::kDay) names.set_day(row.day());
  if (by == UsageBy::kTenant) names.set_tenant(row.tenant());
  if (by == UsageBy::kClass) names.set_class_name(row.class_name());
  if (by == UsageBy::kUpstream) names.set_upstream(row.upstream());
  if (by == UsageBy::kModel) names.set_model(row.model());
  return names;
}

using Names = std::vector<std::string>;

Names KeyOf(const v1::UsageRow& row) {
  return {row.day(), row.tenant(), row.class_name(), row.upstream(), row.model()};
}

const char* const kNameColumns[] = {"DAY", "TENANT", "CLASS", "UPSTREAM", "MODEL"};

std::vector<Cell> NumbersOf(const v1::UsageRow& row, bool costs) {
  std::vector<Cell> cells = {Cell::Number(row.calls()),
                             Cell::Number(row.usage().prompt_tokens()),
                             Cell::Number(row.usage().cached_prompt_tokens()),
                             Cell::Number(row.usage().completion_tokens()),
                             Cell::Number(row.usage().reasoning_tokens()),
                             Cell::Number(row.maybe_billed_calls())};
  if (costs) cells.push_back(Cell::Number(row.has_cost() ? MoneyText(row.cost()) : "-"));
  return cells;
}

void AddRowOf(const v1::UsageRow& row, Names names, const std::vector<bool>& shown, bool costs,
              Table* table) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < names.size(); ++i) {
    if (shown[i]) cells.emplace_back(Printable(names[i], LineBreaks::kEscape));
  }
  for (Cell& cell : NumbersOf(row, costs)) cells.push_back(std::move(cell));
  table->AddRow(std::move(cells));
}

}  // namespace

std::vector<v1::UsageRow> AddedUp(const std::vector<v1::UsageRow>& rows, UsageBy by) {
  if (by == UsageBy::kNothing) return rows;
  std::vector<v1::UsageRow> sums;
  std::map<Names, size_t> places;
  for (const v1::UsageRow& row : rows) {
    const v1::UsageRow names = NamesOf(row, by);
    Names key = KeyOf(names);
    key.push_back(row.cost().currency_code());
    const auto [place, is_new] = places.try_emplace(key, sums.size());
    if (is_new) sums.push_back(names);
    Add(row, &sums[place->second]);
  }
  return sums;
}

Table UsageTable(const std::vector<v1::UsageRow>& rows) {
  std::vector<bool> shown(std::size(kNameColumns), false);
  bool costs = false;
  bool one_currency = true;
  v1::UsageRow sum;
  for (const v1::UsageRow& row : rows) {
    const Names names = KeyOf(row);
    for (size_t i = 0; i < names.size(); ++i) shown[i] = shown[i] || !names[i].empty();
    costs = costs || row.has_cost();
    one_currency = one_currency && (!row.has_cost() || !sum.has_cost() ||
                                    row.cost().currency_code() == sum.cost().currency_code());
    Add(row, &sum);
  }
  if (!one_currency) sum.clear_cost();
  std::vector<std::string> heading;
  for (size_t i = 0; i < shown.size(); ++i) {
    if (shown[i]) heading.push_back(kNameColumns[i]);
  }
  for (const char* word : {"CALLS", "PROMPT", "CACHED", "ANSWER", "REASONING", "MAYBE BILLED"}) {
    heading.push_back(word);
  }
  if (costs) heading.push_back("COST");
  Table table;
  table.AddHeading(heading);
  for (const v1::UsageRow& row : rows) AddRowOf(row, KeyOf(row), shown, costs, &table);
  if (rows.size() > 1) {
    Names total(shown.size());
    for (size_t i = 0; i < shown.size(); ++i) {
      if (!shown[i]) continue;
      total[i] = "total";
      break;
    }
    AddRowOf(sum, total, shown, costs, &table);
  }
  return table;
}

std::string MoneyText(const v1::Money& money) {
  constexpr int64_t kUnit = 1'000'000;
  const int64_t micros = money.micros() < 0 ? -money.micros() : money.micros();
  std::string text =
      absl::StrFormat("%s%d.%06d", money.micros() < 0 ? "-" : "", micros / kUnit, micros % kUnit);
  const size_t places_min = text.find('.') + 3;
  while (text.size() > places_min && text.back() == '0') text.pop_back();
  return absl::StrCat(text, " ", Printable(money.currency_code(), LineBreaks::kEscape));
}

}  // namespace lull
