// A directory of a test's own.
#ifndef LULL_TESTS_STORAGE_SQLITE_TEMP_DIR_H_
#define LULL_TESTS_STORAGE_SQLITE_TEMP_DIR_H_

#include <stdlib.h>

#include <string>

#include "gtest/gtest.h"

namespace lull {

// New and empty, below the place that the test run cleans up.
inline std::string NewTempDir() {
  std::string path = ::testing::TempDir() + "/sqlite.XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SQLITE_TEMP_DIR_H_
