// What the disk does, to be printed beside every figure of a benchmark that waits for it.
#ifndef LULL_TESTS_BENCHMARKS_FDATASYNC_PROBE_H_
#define LULL_TESTS_BENCHMARKS_FDATASYNC_PROBE_H_

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace lull {

// The median time that a 4 KiB write and an fdatasync take in `dir`, in microseconds. Exits if it
// cannot write there.
inline double FdatasyncMicros(const std::string& dir) {
  constexpr int kTimes = 200;
  using Clock = std::chrono::steady_clock;
  const std::string path = dir + "/fdatasync.probe";
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  std::vector<double> took;
  for (int i = 0; i < kTimes; ++i) {
    const Clock::time_point start = Clock::now();
    if (pwrite(fd, page.data(), page.size(), (i % 16) * 4096) < 0 || fdatasync(fd) != 0) {
      std::perror(path.c_str());
      std::exit(1);
    }
    took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  close(fd);
  unlink(path.c_str());
  std::nth_element(took.begin(), took.begin() + kTimes / 2, took.end());
  return took[kTimes / 2];
}

}  // namespace lull

#endif  // LULL_TESTS_BENCHMARKS_FDATASYNC_PROBE_H_
