// Rows of text in aligned columns.
#ifndef LULL_TOOLS_LULL_TABLE_H_
#define LULL_TOOLS_LULL_TABLE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/lull/terminal.h"

namespace lull {

// One field of a table. Its text holds no control characters, and no colours but its own.
struct Cell {
  Cell(std::string text_in, Color color_in = Color::kPlain)
      : text(std::move(text_in)), color(color_in) {}
  Cell(const char* text_in, Color color_in = Color::kPlain) : text(text_in), color(color_in) {}

  // A number, at the right of its column.
  static Cell Number(std::string text, Color color = Color::kPlain) {
    Cell cell(std::move(text), color);
    cell.at_right = true;
    return cell;
  }
  static Cell Number(int64_t number, Color color = Color::kPlain) {
    return Number(std::to_string(number), color);
  }

  std::string text;
  Color color;
  bool at_right = false;
};

// How a table is written.
struct TableStyle {
  // Before each line.
  std::string indent;
  // Paints the cells; null: no colours.
  const Terminal* terminal = nullptr;
  // The width that lines are cut to, in their last cell; 0: they are not cut.
  int columns = 0;
};

// Columns are as wide as their widest cell, with two spaces between. Not thread-safe.
class Table {
 public:
  // The first row, if there is a heading, is added like any other. Rows may differ in length.
  void AddRow(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  // A row of dim words.
  void AddHeading(const std::vector<std::string>& words);

  // One line for each row.
  std::string ToString(const TableStyle& style) const;
  std::string ToString(const std::string& indent = "") const {
    return ToString(TableStyle{indent, nullptr, 0});
  }

 private:
  std::vector<int> Widths() const;

  std::vector<std::vector<Cell>> rows_;
};

// For a table on this screen: in colours, and cut to its width if it is one.
TableStyle StyleFor(const Terminal& terminal, const std::string& indent = "");

}  // namespace lull

#endif  // LULL_TOOLS_LULL_TABLE_H_
