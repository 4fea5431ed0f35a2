#include "tests/storage/fault_vfs.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>
#include <utility>

namespace lull {
namespace {

FaultVfs* current = nullptr;

int RealRename(const char* from, const char* to) {
  using Rename = int (*)(const char*, const char*);
  static const auto real = reinterpret_cast<Rename>(dlsym(RTLD_NEXT, "rename"));
  return real(from, to);
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

// An open file. SQLite gives the memory: this object, and behind it the unix VFS's own.
class FaultFile {
 public:
  sqlite3_file base;  // first: SQLite sees only this
  FaultVfs* vfs;
  std::string* path;  // null: a temporary file, which has no faults

  static FaultFile* Of(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real(); }
  static const sqlite3_io_methods& Methods(sqlite3_file* file) { return *Real(file)->pMethods; }

  static int Close(sqlite3_file* file) {
    delete Of(file)->path;
    return Methods(file).xClose(Real(file));
  }

  static int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    if (Of(file)->vfs->power_is_off()) return SQLITE_IOERR_READ;
    return Methods(file).xRead(Real(file), to, size, offset);
  }

  static int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    FaultFile& self = *Of(file);
    FaultVfs& vfs = *self.vfs;
    const auto* data = static_cast<const char*>(from);
    if (self.path == nullptr) return Methods(file).xWrite(Real(file), from, size, offset);
    const bool had_power = !vfs.power_is_off();
    const int code = vfs.Begin(FaultVfs::Operation::kWrite);
    if (code != SQLITE_OK) {
      if (!had_power) return code;
      const int64_t sectors = (size + FaultVfs::kSector - 1) / FaultVfs::kSector;
      size = static_cast<int>(std::min<int64_t>(size, vfs.Random(sectors + 1) * FaultVfs::kSector));
    }
    FaultVfs::Image& image = vfs.ImageOf(*self.path);
    if (code == SQLITE_OK && vfs.HoldsAlready(image, data, size, offset)) return SQLITE_OK;
    if (size > 0) {
      vfs.NoteWrite(image, data, size, offset);
      const int real_code = Methods(file).xWrite(Real(file), from, size, offset);
      if (real_code != SQLITE_OK) return real_code;
    }
    return code;
  }

  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    FaultFile& self = *Of(file);
    if (self.path != nullptr) {
      const int code = self.vfs->Begin(FaultVfs::Operation::kTruncate);
      if (code != SQLITE_OK) return code;
      self.vfs->NoteTruncate(self.vfs->ImageOf(*self.path), size);
    }
    return Methods(file).xTruncate(Real(file), size);
  }

  // What is on disk is kept apart in memory, so the real disk need not be waited for.
  static int Sync(sqlite3_file* file, int) {
    FaultFile& self = *Of(file);
    if (self.path == nullptr) return SQLITE_OK;
    const bool had_power = !self.vfs->power_is_off();
    const int code = self.vfs->Begin(FaultVfs::Operation::kSync);
    FaultVfs::Image& image = self.vfs->ImageOf(*self.path);
    if (code == SQLITE_OK) {
      self.vfs->NoteSync(image);
    } else if (had_power && !self.vfs->power_is_off()) {
      self.vfs->NoteFailedSync(image);
    }
    return code;
  }

  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    return Methods(file).xFileSize(Real(file), size);
  }
  static int Lock(sqlite3_file* file, int level) { return Methods(file).xLock(Real(file), level); }
  static int Unlock(sqlite3_file* file, int level) {
    return Methods(file).xUnlock(Real(file), level);
  }
  static int CheckReserved(sqlite3_file* file, int* out) {
    return Methods(file).xCheckReservedLock(Real(file), out);
  }
  static int FileControl(sqlite3_file* file, int op, void* arg) {
    // The unix VFS grows a file by itself on these.
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_NOTFOUND;
    return Methods(file).xFileControl(Real(file), op, arg);
  }
  static int SectorSize(sqlite3_file* file) { return Methods(file).xSectorSize(Real(file)); }
  static int Characteristics(sqlite3_file* file) {
    return Methods(file).xDeviceCharacteristics(Real(file));
  }
  static int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    return Methods(file).xShmMap(Real(file), region, size, extend, out);
  }
  static int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
    return Methods(file).xShmLock(Real(file), offset, n, flags);
  }
  static void ShmBarrier(sqlite3_file* file) { Methods(file).xShmBarrier(Real(file)); }
  static int ShmUnmap(sqlite3_file* file, int remove) {
    return Methods(file).xShmUnmap(Real(file), remove);
  }
};

namespace {

constexpr sqlite3_io_methods kMethods = {
    2,
    FaultFile::Close,
    FaultFile::Read,
    FaultFile::Write,
    FaultFile::Truncate,
    FaultFile::Sync,
    FaultFile::FileSize,
    FaultFile::Lock,
    FaultFile::Unlock,
    FaultFile::CheckReserved,
    FaultFile::FileControl,
    FaultFile::SectorSize,
    FaultFile::Characteristics,
    FaultFile::ShmMap,
    FaultFile::ShmLock,
    FaultFile::ShmBarrier,
    FaultFile::ShmUnmap,
    nullptr,
    nullptr,
};

}  // namespace

FaultVfs::FaultVfs(uint64_t seed) : base_(sqlite3_vfs_find("unix-excl")), random_(seed) {
  vfs_ = *base_;
  vfs_.szOsFile = static_cast<int>(sizeof(FaultFile)) + base_->szOsFile;
  vfs_.zName = "lull-fault";
  vfs_.pNext = nullptr;
  vfs_.xOpen = Open;
  vfs_.xDelete = Delete;
  current = this;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
  current = nullptr;
}

int FaultVfs::Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  FaultVfs& self = *current;
  file->pMethods = nullptr;
  if (name != nullptr) {
    const int code = self.Begin(Operation::kOpen);
    if (code != SQLITE_OK) return code;
  }
  auto* opened = new (file) FaultFile{};
  const int code = self.base_->xOpen(self.base_, name, opened->real(), flags, out);
  if (code != SQLITE_OK) return code;
  opened->vfs = &self;
  opened->path = name == nullptr ? nullptr : new std::string(name);
  if (name != nullptr) self.ImageOf(name);
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int FaultVfs::Delete(sqlite3_vfs*, const char* name, int sync_directory) {
  FaultVfs& self = *current;
  const int code = self.Begin(Operation::kDelete);
  if (code != SQLITE_OK) return code;
  self.images_.erase(name);
  return self.base_->xDelete(self.base_, name, sync_directory);
}

int FaultVfs::Rename(const char* from, const char* to) {
  if (Begin(Operation::kRename) != SQLITE_OK) {
    errno = EIO;
    return -1;
  }
  const int result = RealRename(from, to);
  const auto renamed = images_.find(from);
  if (result == 0 && renamed != images_.end()) {
    Image image = std::move(renamed->second);
    images_.erase(renamed);
    images_[to] = std::move(image);
  }
  return result;
}

void FaultVfs::FailAt(const Fault& fault) {
  failing_ = operations_ + fault.at;
  for_good_ = fault.for_good;
  spares_opening_ = fault.spares_opening;
  code_ = fault.code;
}

void FaultVfs::HealAll() {
  failing_ = failing_sync_ = power_cut_ = 0;
  for_good_ = false;
}

int FaultVfs::Begin(Operation operation) {
  ++operations_;
  if (operation == Operation::kSync) ++syncs_;
  if (operations_ == power_cut_) power_is_off_ = true;
  const bool spared = spares_opening_ && operation == Operation::kOpen;
  const bool fails =
      failing_ != 0 && !spared && (for_good_ ? operations_ >= failing_ : operations_ == failing_);
  const bool sync_fails = operation == Operation::kSync && syncs_ == failing_sync_;
  if (!fails && !sync_fails && !power_is_off_) return SQLITE_OK;
  ++faults_;
  switch (operation) {
    case Operation::kOpen:
      return SQLITE_CANTOPEN;
    case Operation::kWrite:
      return fails && code_ == SQLITE_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    case Operation::kSync:
      return SQLITE_IOERR_FSYNC;
    case Operation::kTruncate:
      return SQLITE_IOERR_TRUNCATE;
    case Operation::kDelete:
      return SQLITE_IOERR_DELETE;
    case Operation::kRename:
      return SQLITE_IOERR;
  }
  return SQLITE_IOERR;
}

// What a file holds when it is first seen is taken to be on disk.
FaultVfs::Image& FaultVfs::ImageOf(const std::string& path) {
  const auto [entry, added] = images_.try_emplace(path);
  if (added) entry->second.visible = entry->second.durable = ReadWhole(path);
  return entry->second;
}

bool FaultVfs::HoldsAlready(const Image& image, const char* data, int64_t size,
                            int64_t offset) const {
  return drop_equal_writes_ && offset + size <= static_cast<int64_t>(image.visible.size()) &&
         std::memcmp(image.visible.data() + offset, data, static_cast<size_t>(size)) == 0;
}

void FaultVfs::NoteWrite(Image& image, const char* data, int64_t size, int64_t offset) {
  const int64_t end = offset + size;
  if (end > static_cast<int64_t>(image.visible.size())) {
    image.visible.resize(static_cast<size_t>(end));
    image.unsynced_sizes.push_back(end);
  }
  std::memcpy(image.visible.data() + offset, data, static_cast<size_t>(size));
  for (int64_t sector = offset / kSector; sector * kSector < end; ++sector) {
    image.unsynced[sector].push_back(
        image.visible.substr(static_cast<size_t>(sector * kSector), static_cast<size_t>(kSector)));
  }
}

void FaultVfs::NoteTruncate(Image& image, int64_t size) {
  image.visible.resize(static_cast<size_t>(size));
  image.unsynced_sizes.push_back(size);
}

namespace {

void Overwrite(std::string& image, int64_t offset, const std::string& with) {
  if (offset >= static_cast<int64_t>(image.size())) return;
  const size_t room = image.size() - static_cast<size_t>(offset);
  std::memcpy(image.data() + offset, with.data(), std::min(room, with.size()));
}

}  // namespace

void FaultVfs::NoteSync(Image& image) {
  for (int64_t size : image.unsynced_sizes) image.durable.resize(static_cast<size_t>(size));
  image.durable.resize(image.visible.size());
  for (const auto& [sector, versions] : image.unsynced) {
    Overwrite(image.durable, sector * kSector, versions.back());
  }
  image.unsynced.clear();
  image.unsynced_sizes.clear();
}

void FaultVfs::NoteFailedSync(Image& image) {
  image.durable = Surviving(image);
  image.unsynced.clear();
  image.unsynced_sizes.clear();
}

std::string FaultVfs::Surviving(const Image& image) {
  std::string left = image.durable;
  const auto sizes = Random(static_cast<int64_t>(image.unsynced_sizes.size()) + 1);
  for (int64_t i = 0; i < sizes; ++i) {
    left.resize(static_cast<size_t>(image.unsynced_sizes[static_cast<size_t>(i)]));
  }
  // From nothing kept to everything.
  const int64_t kept_in_four = Random(5);
  for (const auto& [sector, versions] : image.unsynced) {
    if (Random(4) >= kept_in_four) continue;
    const bool last = Random(2) == 0;
    const size_t version = last
                               ? versions.size() - 1
                               : static_cast<size_t>(Random(static_cast<int64_t>(versions.size())));
    Overwrite(left, sector * kSector, versions[version]);
  }
  return left;
}

void FaultVfs::RestorePower() {
  for (auto& [path, image] : images_) {
    if (access(path.c_str(), F_OK) != 0) continue;  // whoever removed it did so without SQLite
    const std::string left = Surviving(image);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(left.data(), static_cast<std::streamsize>(left.size()));
    image = Image{left, left, {}, {}};
  }
  HealAll();
  power_is_off_ = false;
}

int64_t FaultVfs::Random(int64_t below) {
  return static_cast<int64_t>(random_() % static_cast<uint64_t>(below));
}

}  // namespace lull

// Stands before the C library's.
extern "C" int rename(const char* from, const char* to) noexcept {
  return lull::current != nullptr ? lull::current->Rename(from, to) : lull::RealRename(from, to);
}
