// Lets readers work side by side, and lets a recovery close all their connections and keep them out
// while it runs.
//
// That is needed because SQLite rebuilds its index of the log, checking every frame, only when the
// log is opened by the first of all connections; an index kept alive by a reader does not have what
// a commit left whose sync failed, and which may be on disk all the same.
//
// Thread-safe. Shared by the store and its readers, so that either may be destroyed first.
#ifndef LULL_STORAGE_SQLITE_READ_GATE_H_
#define LULL_STORAGE_SQLITE_READ_GATE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "base/mutex.h"

namespace lull {

class ReadGate {
 public:
  // Something that holds a connection.
  class Reader {
   public:
    virtual ~Reader() = default;
    // Called while no reader is inside, by the thread that recovers.
    virtual void CloseConnection() = 0;
  };

  void Add(Reader* reader);
  // Waits while readers are being shut out.
  void Remove(Reader* reader);

  // A read, from its first step to its last. Waits while readers are shut out.
  class Inside {
   public:
    explicit Inside(ReadGate& gate) : gate_(gate) { gate_.Enter(); }
    ~Inside() { gate_.Leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    ReadGate& gate_;
  };

  // Waits until no reader is inside, closes their connections, and shuts readers out as long as it
  // lives.
  class Shut {
   public:
    explicit Shut(ReadGate& gate) : gate_(gate) { gate_.Close(); }
    ~Shut() { gate_.Reopen(); }
    Shut(const Shut&) = delete;
    Shut& operator=(const Shut&) = delete;

   private:
    ReadGate& gate_;
  };

 private:
  void Enter();
  void Leave();
  void Close();
  void Reopen();

  Mutex mutex_;
  CondVar changed_;
  bool shut_ ABSL_GUARDED_BY(mutex_) = false;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<Reader*> readers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_READ_GATE_H_
