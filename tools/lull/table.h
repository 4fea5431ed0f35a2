// Rows of text in aligned columns.
#ifndef LULL_TOOLS_LULL_TABLE_H_
#define LULL_TOOLS_LULL_TABLE_H_

#include <string>
#include <vector>

namespace lull {

// Columns are as wide as their widest cell, with two spaces between. Not thread-safe.
class Table {
 public:
  // The first row, if there is a heading, is added like any other. Rows may differ in length.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // One line for each row, each after `indent`.
  std::string ToString(const std::string& indent = "") const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_TABLE_H_
