#include "tests/server/services/stored_rows.h"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

// One text for each row, its columns escaped.
std::vector<std::string> Rows(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  std::vector<std::string> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    std::string row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, i));
      absl::StrAppend(&row, i == 0 ? "" : "|",
                      absl::CHexEscape(absl::string_view(bytes == nullptr ? "" : bytes, size)));
    }
    rows.push_back(std::move(row));
  }
  EXPECT_EQ(sqlite3_finalize(statement), SQLITE_OK) << sqlite3_errmsg(database);
  return rows;
}

}  // namespace

std::string StoredRows(const std::string& data_dir) {
  const std::string copy = data_dir + "-copy";
  std::filesystem::remove_all(copy);
  std::filesystem::copy(data_dir, copy, std::filesystem::copy_options::recursive);
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open((copy + "/lull.db").c_str(), &raw);
  const Database database(raw, sqlite3_close);
  EXPECT_EQ(opened, SQLITE_OK) << sqlite3_errmsg(database.get());
  std::string text;
  for (const std::string& table :
       Rows(database.get(), "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
    absl::StrAppend(&text, "# ", table, "\n");
    for (const std::string& row : Rows(database.get(), absl::StrCat("SELECT * FROM ", table))) {
      absl::StrAppend(&text, row, "\n");
    }
  }
  return text;
}

}  // namespace lull
