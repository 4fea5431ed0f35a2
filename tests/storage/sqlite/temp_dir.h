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

// In memory where the system has such a place, for tests whose files no disk need hold.
inline std::string NewDirInMemory() {
  std::string path = "/dev/shm/lull-crash.XXXXXX";
  return mkdtemp(path.data()) != nullptr ? path : NewTempDir();
}

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SQLITE_TEMP_DIR_H_
