// Tokens and money, for people.
#ifndef LULL_TOOLS_LULL_ADMIN_USAGE_TEXT_H_
#define LULL_TOOLS_LULL_ADMIN_USAGE_TEXT_H_

#include <string>
#include <vector>

#include "proto/admin_service.pb.h"
#include "tools/lull/table.h"

namespace lull {

// What rows of usage are added up by.
enum class UsageBy { kNothing, kDay, kTenant, kClass, kUpstream, kModel };

// Rows that are alike in what `by` names, added up; their other names are empty. In the order in
// which each first comes. Costs in different currencies are not added: such rows stay apart.
std::vector<v1::UsageRow> AddedUp(const std::vector<v1::UsageRow>& rows, UsageBy by);

// Only the columns that some row has, with a row for the sum if there are several rows.
Table UsageTable(const std::vector<v1::UsageRow>& rows);

// "1.50 USD", with as many of six decimal places as it takes, but at least two.
std::string MoneyText(const v1::Money& money);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_ADMIN_USAGE_TEXT_H_
