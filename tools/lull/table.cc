#include "tools/lull/table.h"

#include <algorithm>

namespace lull {
namespace {

// What is always shown of a last cell, however narrow the screen.
constexpr int kLastCellColumnsMin = 8;

std::string LineOf(const std::vector<Cell>& row, const std::vector<int>& widths,
                   const TableStyle& style) {
  std::string line = style.indent;
  int used = DisplayWidth(style.indent);
  for (size_t i = 0; i < row.size(); ++i) {
    const Cell& cell = row[i];
    const bool last = i + 1 == row.size();
    std::string text = cell.text;
    if (last && style.columns > 0) {
      text = CutToWidth(text, std::max(style.columns - used, kLastCellColumnsMin));
    }
    const int fill = std::max(widths[i] - DisplayWidth(text), 0);
    if (cell.at_right) line.append(fill, ' ');
    line += style.terminal == nullptr ? text : style.terminal->Paint(cell.color, text);
    // The last cell of a row is not filled up, so that no line ends in spaces.
    if (!last) line.append((cell.at_right ? 0 : fill) + 2, ' ');
    used += widths[i] + 2;
  }
  return line;
}

}  // namespace

void Table::AddHeading(const std::vector<std::string>& words) {
  std::vector<Cell> cells;
  for (const std::string& word : words) cells.emplace_back(word, Color::kDim);
  AddRow(std::move(cells));
}

std::vector<int> Table::Widths() const {
  std::vector<int> widths;
  for (const auto& row : rows_) {
    if (row.size() > widths.size()) widths.resize(row.size(), 0);
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  return widths;
}

std::string Table::ToString(const TableStyle& style) const {
  const std::vector<int> widths = Widths();
  std::string text;
  for (const auto& row : rows_) {
    std::string line = LineOf(row, widths, style);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

TableStyle StyleFor(const Terminal& terminal, const std::string& indent) {
  return {indent, &terminal, terminal.is_terminal() ? terminal.columns() : 0};
}

}  // namespace lull
