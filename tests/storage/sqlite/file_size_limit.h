// A disk that is full, for the files of this process.
#ifndef LULL_TESTS_STORAGE_SQLITE_FILE_SIZE_LIMIT_H_
#define LULL_TESTS_STORAGE_SQLITE_FILE_SIZE_LIMIT_H_

#include <signal.h>
#include <sys/resource.h>

#include <cstdint>

namespace lull {

// Until it is destroyed, no file of this process may grow beyond `bytes`: writes fail with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(int64_t bytes) {
    old_handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit = {static_cast<rlim_t>(bytes), old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_;
  sighandler_t old_handler_;
};

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SQLITE_FILE_SIZE_LIMIT_H_
