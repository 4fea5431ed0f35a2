// What a faulty disk or memory may do to the file of a store.
#ifndef LULL_TESTS_STORAGE_SQLITE_DAMAGE_H_
#define LULL_TESTS_STORAGE_SQLITE_DAMAGE_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "storage/sqlite/connection.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {

// Makes the first page of a table that no start reads one that no tree has. The store is closed.
inline void DamageStore(const std::string& data_dir) {
  const std::string path = data_dir + "/lull.db";
  // Whoever reads a file leaves a log beside it.
  const std::string copy = NewTempDir() + "/lull.db";
  std::filesystem::copy_file(path, copy);
  const auto root = (*Connection::OpenReader(copy))
                        ->QueryText("SELECT rootpage FROM sqlite_schema WHERE name = 'usage'");
  int64_t page = 0;
  ASSERT_TRUE(root.ok() && absl::SimpleAtoi(*root, &page));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp((page - 1) * 8192);
  file << std::string(64, '\xee');
}

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SQLITE_DAMAGE_H_
