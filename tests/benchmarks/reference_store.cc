// The yardstick for Lull's own store: the bare writes of its schema, in one process, with nothing
// around them.
//
// It inserts jobs, grants them and finishes them in groups of 100, each group one transaction that
// is on disk before the next begins. No checks, no conversion, no API: what a store of this shape
// can do on this machine at most. Own figures are only ever given as a ratio to this program's,
// from interleaved runs. It is frozen: changing it makes every earlier ratio worthless.
//
//   reference_store DIR [jobs] [waiting]
//
// DIR must exist; its file reference.db is replaced. Prints one line of key=value pairs; rates are
// jobs a second.
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/benchmarks/fdatasync_probe.h"

namespace {

constexpr int kGroup = 100;
constexpr int kBodyBytes = 1024;
constexpr int kCheckpointPages = 4096;

const char kSchema[] = R"sql(
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY, id BLOB NOT NULL, tenant TEXT NOT NULL, class TEXT NOT NULL,
  route_group TEXT NOT NULL, priority INTEGER NOT NULL, labels BLOB, create_time INTEGER NOT NULL,
  deadline INTEGER NOT NULL, max_attempts INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
  model TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX jobs_by_id ON jobs (id);
CREATE TABLE bodies (job INTEGER PRIMARY KEY, body BLOB) STRICT;
CREATE TABLE live (
  number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, class TEXT NOT NULL, route_group TEXT NOT NULL,
  state INTEGER NOT NULL, priority INTEGER NOT NULL, ready_since INTEGER, not_before INTEGER, deadline INTEGER NOT NULL,
  request_bytes INTEGER NOT NULL, attempts INTEGER NOT NULL, dispatches INTEGER NOT NULL, lease INTEGER NOT NULL,
  worker TEXT, upstream TEXT, last_outcome INTEGER NOT NULL, attempt_list BLOB) STRICT;
CREATE TABLE results (
  sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL, state INTEGER NOT NULL, class TEXT NOT NULL,
  priority INTEGER NOT NULL, start_time INTEGER, end_time INTEGER NOT NULL, lease INTEGER NOT NULL,
  result_hash INTEGER NOT NULL, attempts INTEGER NOT NULL, attempt_list BLOB, prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL, body BLOB) STRICT;
CREATE UNIQUE INDEX results_by_job ON results (job);
CREATE TABLE events (first INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;
)sql";

[[noreturn]] void Die(const char* what, sqlite3* db) {
  std::fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
  std::exit(1);
}

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + now.tv_nsec * 1e-9;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class ReferenceStore {
 public:
  explicit ReferenceStore(const std::string& path) {
    for (const char* suffix : {"", "-wal", "-shm"}) unlink((path + suffix).c_str());
    if (sqlite3_open_v2(path.c_str(), &db_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        nullptr) != SQLITE_OK) {
      Die("open", db_);
    }
    Run("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA "
        "synchronous=FULL;"
        "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=OFF; PRAGMA cache_size=-65536;");
    Run(kSchema);
    begin_ = Prepare("BEGIN IMMEDIATE");
    commit_ = Prepare("COMMIT");
    add_job_ = Prepare("INSERT INTO jobs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
    add_body_ = Prepare("INSERT INTO bodies VALUES (?,?)");
    add_live_ = Prepare("INSERT INTO live VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    grant_ = Prepare(
        "UPDATE live SET state=2, dispatches=?, lease=?, worker=?, upstream=? WHERE number=?");
    end_live_ = Prepare("DELETE FROM live WHERE number=?");
    add_result_ = Prepare("INSERT INTO results VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    add_events_ = Prepare("INSERT INTO events VALUES (?,?)");
  }

  ~ReferenceStore() {
    for (sqlite3_stmt* statement : all_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  void Submit(int64_t first) {
    Step(begin_);
    for (int64_t job = first; job < first + kGroup; ++job) AddJob(job);
    AddEvents();
    Commit();
  }

  void Grant(int64_t first) {
    Step(begin_);
    for (int64_t job = first; job < first + kGroup; ++job) {
      sqlite3_bind_int64(grant_, 1, 1);
      sqlite3_bind_int64(grant_, 2, 1);
      Text(grant_, 3, "worker-1");
      Text(grant_, 4, "deepseek-1");
      sqlite3_bind_int64(grant_, 5, job);
      Step(grant_);
    }
    AddEvents();
    Commit();
  }

  void Finish(int64_t first) {
    Step(begin_);
    for (int64_t job = first; job < first + kGroup; ++job) {
      sqlite3_bind_int64(end_live_, 1, job);
      Step(end_live_);
      AddResult(job);
    }
    AddEvents();
    Commit();
  }

 private:
  void AddJob(int64_t job) {
    uint64_t id[2] = {__builtin_bswap64((0x190d3c27b1eull + job / 64) << 16 | 0x7000), random_()};
    sqlite3_bind_int64(add_job_, 1, job);
    sqlite3_bind_blob(add_job_, 2, id, 16, SQLITE_STATIC);
    Text(add_job_, 3, "default");
    Text(add_job_, 4, "standard");
    Text(add_job_, 5, "chat");
    sqlite3_bind_int64(add_job_, 6, 50);
    sqlite3_bind_null(add_job_, 7);
    sqlite3_bind_int64(add_job_, 8, kNow);
    sqlite3_bind_int64(add_job_, 9, kNow + 86400000000);
    sqlite3_bind_int64(add_job_, 10, 5);
    Text(add_job_, 11, "POST");
    Text(add_job_, 12, "/chat/completions");
    Text(add_job_, 13, "deepseek-chat");
    Step(add_job_);

    sqlite3_bind_int64(add_body_, 1, job);
    sqlite3_bind_blob(add_body_, 2, body_.data(), kBodyBytes, SQLITE_STATIC);
    Step(add_body_);

    sqlite3_bind_int64(add_live_, 1, job);
    Text(add_live_, 2, "default");
    Text(add_live_, 3, "standard");
    Text(add_live_, 4, "chat");
    sqlite3_bind_int64(add_live_, 5, 1);
    sqlite3_bind_int64(add_live_, 6, 50);
    sqlite3_bind_int64(add_live_, 7, kNow);
    sqlite3_bind_int64(add_live_, 9, kNow + 86400000000);
    sqlite3_bind_int64(add_live_, 10, kBodyBytes);
    for (int column : {11, 12, 13, 16}) sqlite3_bind_int64(add_live_, column, 0);
    Step(add_live_);
  }

  void AddResult(int64_t job) {
    static const std::string attempt(64, 'a');
    sqlite3_bind_int64(add_result_, 1, job);
    sqlite3_bind_int64(add_result_, 2, 4);
    Text(add_result_, 3, "standard");
    sqlite3_bind_int64(add_result_, 4, 50);
    sqlite3_bind_int64(add_result_, 5, kNow);
    sqlite3_bind_int64(add_result_, 6, kNow + 1000000);
    sqlite3_bind_int64(add_result_, 7, 1);
    sqlite3_bind_int64(add_result_, 8, static_cast<int64_t>(random_()));
    sqlite3_bind_int64(add_result_, 9, 1);
    sqlite3_bind_blob(add_result_, 10, attempt.data(), attempt.size(), SQLITE_STATIC);
    sqlite3_bind_int64(add_result_, 11, 250);
    sqlite3_bind_int64(add_result_, 12, 250);
    sqlite3_bind_blob(add_result_, 13, body_.data(), kBodyBytes, SQLITE_STATIC);
    Step(add_result_);
  }

  void AddEvents() {
    static const std::string packed(kGroup * 12, 'e');
    sqlite3_bind_int64(add_events_, 1, next_event_);
    sqlite3_bind_blob(add_events_, 2, packed.data(), packed.size(), SQLITE_STATIC);
    Step(add_events_);
    next_event_ += kGroup;
  }

  void Commit() {
    Step(commit_);
    int log = 0, done = 0;
    commits_since_checkpoint_ += 1;
    if (commits_since_checkpoint_ * kPagesPerCommit < kCheckpointPages) return;
    commits_since_checkpoint_ = 0;
    if (sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &log, &done) !=
        SQLITE_OK) {
      Die("checkpoint", db_);
    }
  }

  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK)
      Die(sql, db_);
    all_.push_back(statement);
    return statement;
  }
  void Run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) Die(sql, db_);
  }
  void Step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) Die(sqlite3_sql(statement), db_);
    sqlite3_reset(statement);
  }
  static void Text(sqlite3_stmt* statement, int column, const char* text) {
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
  }

  static constexpr int64_t kNow = 1793000000000000;
  static constexpr int kPagesPerCommit = 40;
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> all_;
  sqlite3_stmt *begin_, *commit_, *add_job_, *add_body_, *add_live_, *grant_, *end_live_,
      *add_result_, *add_events_;
  std::mt19937_64 random_{1};
  std::string body_ = std::string(kBodyBytes, 'b');
  int64_t next_event_ = 1;
  int commits_since_checkpoint_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: reference_store DIR [jobs] [waiting]\n");
    return 2;
  }
  const std::string dir = argv[1];
  const int64_t jobs = argc > 2 ? std::atoll(argv[2]) : 100000;
  const int64_t waiting = argc > 3 ? std::atoll(argv[3]) : 10000;
  const double fdatasync_micros = lull::FdatasyncMicros(dir);

  ReferenceStore store(dir + "/reference.db");
  int64_t next = 1;
  for (; next <= waiting; next += kGroup) store.Submit(next);
  double submit = 0, grant = 0, finish = 0;
  const double cpu = CpuSeconds();
  for (int64_t done = 0; done < jobs; done += kGroup, next += kGroup) {
    const double t0 = Seconds();
    store.Submit(next);
    const double t1 = Seconds();
    store.Grant(1 + done);
    const double t2 = Seconds();
    store.Finish(1 + done);
    submit += t1 - t0;
    grant += t2 - t1;
    finish += Seconds() - t2;
  }
  std::printf(
      "store=reference life=%.0f submit=%.0f grant=%.0f finish=%.0f cpu_us=%.1f "
      "fdatasync_us=%.0f jobs=%lld "
      "waiting=%lld\n",
      jobs / (submit + grant + finish), jobs / submit, jobs / grant, jobs / finish,
      (CpuSeconds() - cpu) / jobs * 1e6, fdatasync_micros, static_cast<long long>(jobs),
      static_cast<long long>(waiting));
  return 0;
}
