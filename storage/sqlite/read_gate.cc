#include "storage/sqlite/read_gate.h"

namespace lull {

void ReadGate::Add(Reader* reader) {
  MutexLock lock(mutex_);
  readers_.insert(reader);
}

void ReadGate::Remove(Reader* reader) {
  MutexLock lock(mutex_);
  while (shut_) changed_.Wait(mutex_);
  readers_.erase(reader);
}

void ReadGate::Enter() {
  MutexLock lock(mutex_);
  while (shut_) changed_.Wait(mutex_);
  ++inside_;
}

void ReadGate::Leave() {
  MutexLock lock(mutex_);
  --inside_;
  if (inside_ == 0 && shut_) changed_.SignalAll();
}

void ReadGate::Close() {
  MutexLock lock(mutex_);
  shut_ = true;  // first, so that readers who keep coming cannot hold us up
  while (inside_ > 0) changed_.Wait(mutex_);
  for (Reader* reader : readers_) reader->CloseConnection();
}

void ReadGate::Reopen() {
  MutexLock lock(mutex_);
  shut_ = false;
  changed_.SignalAll();
}

}  // namespace lull
