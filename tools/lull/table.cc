#include "tools/lull/table.h"

#include <algorithm>

#include "tools/lull/terminal.h"

namespace lull {

std::string Table::ToString(const std::string& indent) const {
  std::vector<int> widths;
  for (const auto& row : rows_) {
    if (row.size() > widths.size()) widths.resize(row.size(), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    text += indent;
    for (size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      // The last cell of a row is not filled up, so that no line ends in spaces.
      if (i + 1 < row.size()) text.append(widths[i] - DisplayWidth(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace lull
