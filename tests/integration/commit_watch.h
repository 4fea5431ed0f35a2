// Sees from outside what a server does to its store's log at this very moment, by the system calls
// of its threads as /proc shows them: a kill can so be aimed at an open commit, and counted as one.
#ifndef LULL_TESTS_INTEGRATION_COMMIT_WATCH_H_
#define LULL_TESTS_INTEGRATION_COMMIT_WATCH_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

namespace lull {

// Of one process that the caller may trace. Single-threaded.
class CommitWatch {
 public:
  enum class Act {
    kNone,
    kWrites,  // a transaction's pages
    kSyncs,   // and waits for the disk, after which it acknowledges
  };

  explicit CommitWatch(pid_t pid);
  ~CommitWatch();
  CommitWatch(const CommitWatch&) = delete;
  CommitWatch& operator=(const CommitWatch&) = delete;

  // Whether this machine shows system calls at all.
  bool CanSee();
  // Looks until a thread writes or syncs the log, which it returns, or the time is over.
  Act Await(absl::Duration limit);

 private:
  // Takes up the process's present threads and log files.
  void Refresh();
  Act Look() const;

  const std::string folder_;                  // in /proc
  std::vector<int> threads_;                  // each thread's "syscall" file, open
  absl::flat_hash_set<long long> log_files_;  // the process's descriptors of it
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_COMMIT_WATCH_H_
