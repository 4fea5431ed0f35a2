#include "storage/sqlite/sqlite_job_store.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/log_rewriter.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/rows.h"
#include "storage/sqlite/sql.h"
#include "storage/sqlite/sqlite_job_reader.h"
#include "storage/sqlite/table_scan.h"

namespace lull {
namespace {

int64_t FileBytes(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 ? found.st_size : 0;
}

// What start hands from thread to thread at once: some ten kilobytes.
constexpr size_t kLiveABatch = 64;
constexpr size_t kKeyRowsABatch = 2;

JobStore::Recovered ReadNumbers(Statement& row) {
  JobStore::Recovered numbers;
  numbers.epoch = row.Int();
  numbers.instance = static_cast<uint64_t>(row.Int());
  numbers.next_job = row.Int();
  numbers.next_event = row.Int();
  return numbers;
}

// Whoever closes a store as it should be removes the log.
bool LogExists(const std::string& path) {
  struct stat found;
  return stat((path + "-wal").c_str(), &found) == 0;
}

// That anybody but root may still write.
int64_t DiskFreeBytes(const std::string& path) {
  struct statvfs found;
  if (statvfs(path.c_str(), &found) != 0) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(found.f_bavail * found.f_frsize);
}

}  // namespace

SqliteJobStore::SqliteJobStore(std::unique_ptr<DataDir> dir, const SqliteJobStoreOptions& options)
    : dir_(std::move(dir)), options_(options) {}

absl::StatusOr<std::unique_ptr<SqliteJobStore>> SqliteJobStore::Open(
    const SqliteJobStoreOptions& options) {
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<DataDir> dir, DataDir::Open(options.data_dir));
  return std::unique_ptr<SqliteJobStore>(new SqliteJobStore(std::move(dir), options));
}

SqliteJobStore::~SqliteJobStore() {
  if (backup_ != nullptr) backup_->End(absl::CancelledError("the store was closed"));
  // A log that stays behind is taken up by the next start, and tells it that the store has to be
  // looked through.
  if (failure_.ok() && !check_->due()) (void)connection_->RemoveLogOnClose();
}

absl::StatusOr<JobStore::Recovered> SqliteJobStore::Recover(absl::Time now) {
  if (backup_ != nullptr) {
    backup_->End(absl::AbortedError("the store had to be recovered: start the backup anew"));
  }
  checkpointer_.reset();
  pruner_.reset();
  writer_.reset();
  if (!opened_before_) check_->SetDue(LogExists(dir_->database_path()));
  opened_before_ = true;
  absl::StatusOr<Recovered> recovered = Reopen(now);
  failure_ = recovered.status();
  is_migrated_ |= recovered.ok();
  return recovered;
}

// Frames of a failed sync may be visible and yet not on disk. If the power went out while they are
// brought into the main file, it would be half changed with no log to complete it. So they are
// written again first; and as long as that fails, the connections stay open, and with them SQLite's
// index of the log, which does not have those frames: opened anew, the log would show readers what
// may get lost.
absl::StatusOr<JobStore::Recovered> SqliteJobStore::Reopen(absl::Time now) {
  LULL_RETURN_IF_ERROR(RewriteLog(dir_->database_path()));
  if (!log_is_on_disk_) ++view_;
  log_is_on_disk_ = true;
  const CheckState::Held held(*check_);
  ReadGate::Shut shut(*gate_);
  committed_.reset();
  connection_.reset();
  LULL_ASSIGN_OR_RETURN(connection_, Connection::OpenWriter(dir_->database_path()));
  LULL_ASSIGN_OR_RETURN(const Recovered recovered, StartEpoch(*connection_, now));
  LULL_ASSIGN_OR_RETURN(writer_,
                        Writer::Prepare(*connection_, recovered, options_.compress_above_bytes));
  LULL_ASSIGN_OR_RETURN(pruner_, Pruner::Prepare(*connection_, *writer_, options_.prune));
  checkpointer_ = std::make_unique<Checkpointer>(*connection_, options_.checkpoint);
  LULL_RETURN_IF_ERROR(CountFreePages());
  return recovered;
}

absl::StatusOr<JobStore::Recovered> SqliteJobStore::StartEpoch(Connection& connection,
                                                               absl::Time now) {
  // Before anything is read: what a failed sync of the main file left behind is written again, and
  // the log begins anew.
  LULL_ASSIGN_OR_RETURN(const Connection::Checkpointed checkpointed,
                        connection.Checkpoint(Connection::CheckpointMode::kTruncate));
  if (checkpointed.blocked == Connection::Blocked::kByOthers) {
    return absl::UnavailableError(absl::StrCat(
        "cannot recover: another process is reading or writing ", dir_->database_path()));
  }
  if (checkpointed.blocked == Connection::Blocked::kByFullDisk) {
    return absl::UnavailableError(
        "cannot recover: the disk is full (or a quota is reached): free some space");
  }
  LULL_RETURN_IF_ERROR(Migrate(connection, SchemaMigrations(), now));
  LULL_RETURN_IF_ERROR(connection.Execute(sql::kRaiseEpoch));
  LULL_ASSIGN_OR_RETURN(Statement meta, connection.Prepare(sql::kReadMeta));
  LULL_ASSIGN_OR_RETURN(const bool found, meta.Step());
  if (!found) return absl::DataLossError("the table meta is empty: the database file is damaged");
  return ReadNumbers(meta);
}

absl::StatusOr<JobStore::Committed> SqliteJobStore::FindCommitted() {
  if (!is_migrated_) return CheckUsable();
  if (committed_ == nullptr) {
    LULL_ASSIGN_OR_RETURN(committed_, Connection::OpenReader(dir_->database_path()));
  }
  LULL_ASSIGN_OR_RETURN(Statement meta, committed_->Prepare(sql::kReadNumbers));
  LULL_ASSIGN_OR_RETURN(const bool found, meta.Step());
  if (!found) return absl::DataLossError("the table meta is empty: the database file is damaged");
  Committed committed;
  committed.numbers = ReadNumbers(meta);
  committed.view = view_;
  return committed;
}

absl::StatusOr<Connection*> SqliteJobStore::ConnectionToLoad() const {
  if (failure_.ok()) return connection_.get();
  if (committed_ != nullptr) return committed_.get();
  return CheckUsable();
}

absl::Status SqliteJobStore::CheckUsable() const {
  if (failure_.ok()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the store must be recovered first: ", failure_.message()));
}

// After any failure of the writer's connection nothing is known about the log's end.
absl::Status SqliteJobStore::NoteFailure(absl::Status status) {
  if (!status.ok() && failure_.ok()) {
    failure_ = status;
    log_is_on_disk_ = false;
  }
  return status;
}

absl::Status SqliteJobStore::ApplyGroup(const Group& group) {
  LULL_RETURN_IF_ERROR(CheckUsable());
  LULL_RETURN_IF_ERROR(NoteFailure(writer_->ApplyGroup(group)));
  commits_.fetch_add(1, std::memory_order_relaxed);
  LimitLog();
  // The group is on disk whatever becomes of the checkpoint; the next write reports its failure.
  (void)NoteFailure(checkpointer_->AfterCommit());
  return absl::OkStatus();
}

absl::StatusOr<bool> SqliteJobStore::Tidy() {
  LULL_RETURN_IF_ERROR(CheckUsable());
  absl::StatusOr<bool> more = checkpointer_->WhenIdle();
  LULL_RETURN_IF_ERROR(NoteFailure(more.status()));
  LULL_RETURN_IF_ERROR(NoteFailure(CountFreePages()));
  return more;
}

absl::Status SqliteJobStore::LoadLive(absl::FunctionRef<void(LiveState)> add) {
  LULL_ASSIGN_OR_RETURN(Connection * connection, ConnectionToLoad());
  LULL_ASSIGN_OR_RETURN(
      const std::vector<KeyRange> ranges,
      SplitLeaves(*connection, sql::kLiveSpan, sql::kLiveRoot, options_.live_leaves_a_range));
  return ScanTable<LiveState>({dir_->database_path(), sql::kLoadLive, kLiveABatch}, ranges,
                              *connection, ReadLive,
                              [&](LiveState&& live) { add(std::move(live)); });
}

absl::Status SqliteJobStore::LoadKeys(absl::FunctionRef<void(const KeyAdded&)> add) {
  LULL_ASSIGN_OR_RETURN(Connection * connection, ConnectionToLoad());
  // Each commit's keys have the next number, and they are removed as a prefix.
  LULL_ASSIGN_OR_RETURN(const std::vector<KeyRange> ranges,
                        SplitKeys(*connection, sql::kKeysSpan, options_.key_rows_a_range));
  return ScanTable<std::vector<KeyAdded>>(
      {dir_->database_path(), sql::kLoadKeys, kKeyRowsABatch}, ranges, *connection,
      [](Statement& row, std::vector<KeyAdded>& keys) -> absl::Status {
        LULL_ASSIGN_OR_RETURN(keys, UnpackKeys(row.Blob()));
        return absl::OkStatus();
      },
      [&](std::vector<KeyAdded>&& keys) {
        for (const KeyAdded& key : keys) add(key);
      });
}

absl::Status SqliteJobStore::LoadSmallStates(absl::FunctionRef<void(const SmallState&)> add) {
  LULL_ASSIGN_OR_RETURN(Connection * connection, ConnectionToLoad());
  LULL_ASSIGN_OR_RETURN(Statement row, connection->Prepare(sql::kLoadSmallStates));
  while (true) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) return absl::OkStatus();
    SmallState state;
    state.kind = std::string(row.Text());
    state.key = std::string(row.Text());
    state.value = std::string(row.Blob());
    add(state);
  }
}

absl::StatusOr<bool> SqliteJobStore::Prune(const Retention& retention, absl::Time now) {
  LULL_RETURN_IF_ERROR(CheckUsable());
  absl::StatusOr<bool> more = pruner_->Prune(retention, now);
  LULL_RETURN_IF_ERROR(NoteFailure(more.status()));
  pruned_jobs_.fetch_add(pruner_->removed().jobs, std::memory_order_relaxed);
  pruned_events_.fetch_add(pruner_->removed().events, std::memory_order_relaxed);
  LULL_RETURN_IF_ERROR(NoteFailure(CountFreePages()));
  LimitLog();
  (void)NoteFailure(checkpointer_->AfterCommit());  // as after a group
  return more;
}

absl::StatusOr<std::unique_ptr<StoreBackup>> SqliteJobStore::StartBackup(
    const std::string& file_name) {
  LULL_RETURN_IF_ERROR(CheckUsable());
  return SqliteStoreBackup::Start(*connection_, dir_->path() + "/backups", file_name,
                                  options_.backup_step_pages, &backup_);
}

absl::StatusOr<std::unique_ptr<JobReader>> SqliteJobStore::OpenReader() {
  return std::make_unique<SqliteJobReader>(gate_, dir_->database_path());
}

std::unique_ptr<StoreCheck> SqliteJobStore::CheckDue() {
  if (!check_->due()) return nullptr;
  return std::make_unique<SqliteStoreCheck>(check_, gate_, dir_->database_path());
}

// A check is a long read, which keeps the log from beginning anew.
void SqliteJobStore::LimitLog() {
  if (connection_->log_pages() >= 2 * options_.checkpoint.very_large) check_->Interrupt();
}

absl::Status SqliteJobStore::CountFreePages() {
  LULL_ASSIGN_OR_RETURN(const std::string pages, connection_->QueryText(sql::kReadFreePages));
  int64_t count = 0;
  if (!absl::SimpleAtoi(pages, &count)) {
    return absl::InternalError(absl::StrCat("SQLite counts ", pages, " free pages"));
  }
  free_bytes_.store(count * connection_->page_bytes(), std::memory_order_relaxed);
  return absl::OkStatus();
}

JobStore::Stats SqliteJobStore::GetStats() const {
  Stats stats;
  stats.disk_free_bytes = DiskFreeBytes(dir_->database_path());
  stats.log_bytes = FileBytes(dir_->database_path() + "-wal");
  stats.file_bytes = FileBytes(dir_->database_path());
  stats.free_bytes = free_bytes_.load(std::memory_order_relaxed);
  stats.commits = commits_.load(std::memory_order_relaxed);
  stats.pruned_jobs = pruned_jobs_.load(std::memory_order_relaxed);
  stats.pruned_events = pruned_events_.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace lull
