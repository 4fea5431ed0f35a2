// The floor under every durable queue: records appended to a file in groups, each group on disk
// before the next begins. Frozen, as the other yardsticks are.
//
//   bare_log DIR [records] [group] [bytes]
//
// Prints one line of key=value pairs; `rate` is records a second.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/benchmarks/fdatasync_probe.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bare_log DIR [records] [group] [bytes]\n");
    return 2;
  }
  const std::string dir = argv[1];
  const long long records = argc > 2 ? std::atoll(argv[2]) : 200'000;
  const long long group = argc > 3 ? std::atoll(argv[3]) : 100;
  const size_t bytes = argc > 4 ? std::atoll(argv[4]) : 1024;
  const double fdatasync_micros = lull::FdatasyncMicros(dir);
  const std::string path = dir + "/bare.log";
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const std::string data(group * bytes, 'r');
  const auto begin = std::chrono::steady_clock::now();
  for (long long done = 0; done < records; done += group) {
    if (write(fd, data.data(), data.size()) != static_cast<ssize_t>(data.size()) ||
        fdatasync(fd) != 0) {
      std::perror(path.c_str());
      return 1;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  close(fd);
  unlink(path.c_str());
  std::printf("kind=log rate=%.0f group=%lld bytes=%zu fdatasync_us=%.0f\n", records / took.count(),
              group, bytes, fdatasync_micros);
  return 0;
}
