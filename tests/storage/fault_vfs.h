// A file system for SQLite that fails when a test says so, and loses what was not synced when the
// test cuts the power. It stands on the unix VFS; while an object lives it is the default VFS of
// the process. At most one at a time; not thread-safe: the test's only thread uses SQLite.
//
// What the model says:
//  - A write is at once visible to every reader, and on disk after the next successful sync of its
//    file. Until then each of its sectors (512 bytes) may be on disk or not, whatever the others
//    are, and in any of the versions written since the last sync.
//  - A sync that fails leaves each sector that it was to write on disk or not, and forgets it: a
//    later sync does not write it again (as Linux does), though it stays visible.
//  - A new length is on disk after a sync too; before, any length since the last sync may be.
//  - Making, renaming and deleting a file is on disk at once. Renaming is the process's rename(2).
#ifndef LULL_TESTS_STORAGE_FAULT_VFS_H_
#define LULL_TESTS_STORAGE_FAULT_VFS_H_

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace lull {

class FaultVfs {
 public:
  // The same seed and the same operations give the same faults.
  explicit FaultVfs(uint64_t seed);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // Opening, writing, syncing, truncating, deleting and renaming are counted; reading is not.
  enum class Operation { kOpen, kWrite, kSync, kTruncate, kDelete, kRename };
  int64_t operations() const { return operations_; }
  int64_t faults() const { return faults_; }

  // The k-th operation from now (from 1) fails, and if `for_good` all that follow it too. A write
  // that fails may have written its first sectors. With SQLITE_FULL in place of SQLITE_IOERR a
  // write says so; other operations cannot, and say I/O error.
  struct Fault {
    int64_t at = 1;
    bool for_good = false;
    int code = SQLITE_IOERR;
    bool spares_opening = false;  // files can still be opened, and so be read
  };
  void FailAt(const Fault& fault);
  // The k-th sync from now fails, once.
  void FailSyncAt(int64_t k) { failing_sync_ = syncs_ + k; }
  void HealAll();

  // Writes of what a file holds already do nothing, as if they had been left out.
  void DropEqualWrites(bool drop) { drop_equal_writes_ = drop; }

  // In the k-th operation from now. From then on everything but closing fails, and nothing is
  // written.
  void CutPowerAt(int64_t k) { power_cut_ = operations_ + k; }
  void CutPower() { power_is_off_ = true; }
  bool power_is_off() const { return power_is_off_; }

  // Leaves in the files what survived. They must all be closed.
  void RestorePower();

  // What rename(2) does while an object lives. Returns 0, or -1 with errno set.
  int Rename(const char* from, const char* to);

 private:
  friend class FaultFile;

  static constexpr int64_t kSector = 512;
  struct Image {
    std::string visible;
    std::string durable;
    std::map<int64_t, std::vector<std::string>> unsynced;  // by sector: versions, oldest first
    std::vector<int64_t> unsynced_sizes;                   // oldest first
  };

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_directory);

  // SQLITE_OK if the operation is to be carried out, else its error code.
  int Begin(Operation operation);
  Image& ImageOf(const std::string& path);
  bool HoldsAlready(const Image& image, const char* data, int64_t size, int64_t offset) const;
  void NoteWrite(Image& image, const char* data, int64_t size, int64_t offset);
  void NoteTruncate(Image& image, int64_t size);
  void NoteSync(Image& image);
  void NoteFailedSync(Image& image);
  std::string Surviving(const Image& image);
  int64_t Random(int64_t below);

  sqlite3_vfs vfs_;
  sqlite3_vfs* const base_;
  std::mt19937_64 random_;
  std::map<std::string, Image> images_;  // by path
  int64_t operations_ = 0;
  int64_t syncs_ = 0;
  int64_t faults_ = 0;
  int64_t failing_ = 0;  // the number of the operation that fails; 0: none
  bool for_good_ = false;
  bool spares_opening_ = false;
  int code_ = SQLITE_IOERR;
  int64_t failing_sync_ = 0;
  int64_t power_cut_ = 0;
  bool power_is_off_ = false;
  bool drop_equal_writes_ = false;
};

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_FAULT_VFS_H_
