// The durable store: start here. Everything that Lull promises to keep goes through this interface.
//
// It speaks the domain's verbs, not SQL, so that a backend can be replaced; one conformance suite
// (tests/storage/conformance) runs over every backend. Callers pass the time in.
//
// Threads: the writing verbs are called by one thread, the engine's. OpenReader() and GetStats()
// may be called by any. Errors: UNAVAILABLE: the store cannot do it now (disk full, I/O error, not
// recovered); after a failed ApplyGroup it is not known whether the group is on disk. DATA_LOSS:
// the file is damaged. FAILED_PRECONDITION: the file is of a newer version or another program's,
// another server has it open, or the epoch is not ours. After any error of ApplyGroup or Tidy every
// further write is UNAVAILABLE until Recover() succeeds; readers go on serving what is stored, and
// show nothing that a later Recover() could find lost.
#ifndef LULL_STORAGE_JOB_STORE_H_
#define LULL_STORAGE_JOB_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/job_filter.h"
#include "storage/record.h"

namespace lull {

// Reads what is committed. Not thread-safe: one reader per thread. Each call is one short read
// transaction; it waits while Recover() runs. NOT_FOUND where there is no such job. May outlive the
// store.
class JobReader {
 public:
  virtual ~JobReader() = default;

  struct Found {
    JobNumber number = 0;
    std::string tenant;
  };
  virtual absl::StatusOr<Found> FindJob(const JobId& id) = 0;

  // `bodies`: also spec->body.
  virtual absl::StatusOr<std::shared_ptr<const JobSpec>> ReadSpec(JobNumber job, bool bodies) = 0;

  // The recorded outcome. NOT_FOUND also while the job is live.
  virtual absl::StatusOr<JobEnded> ReadEnded(JobNumber job, bool bodies) = 0;

  // Events from number `from` on, in order, at most `max` (at least one where there is one).
  struct NumberedEvent {
    EventNumber number = 0;
    Event event;
  };
  virtual absl::StatusOr<std::vector<NumberedEvent>> ReadEvents(EventNumber from, int max) = 0;

  // Events that are still kept: those from `oldest` on, up to but not including `next`.
  struct EventRange {
    EventNumber oldest = 1;
    EventNumber next = 1;
  };
  virtual absl::StatusOr<EventRange> ReadEventRange() = 0;

  // Who the jobs of these numbers are; those that are not stored (any more) are left out. In the
  // order of the numbers asked for.
  struct Identity {
    JobNumber number = 0;
    JobId id;
    std::string tenant;
    Labels labels;  // as created
  };
  virtual absl::StatusOr<std::vector<Identity>> ReadIdentities(
      absl::Span<const JobNumber> jobs) = 0;

  // A tenant's jobs that match, newest first. Looks at `max_looked_at` jobs at most, so a page may
  // be short.
  struct Query {
    std::string tenant;
    JobNumber before = INT64_MAX;  // only jobs of smaller numbers
    JobFilter filter;
    int max_jobs = 0;
    int max_looked_at = 10'000;
  };
  struct Page {
    std::vector<JobNumber> jobs;
    JobNumber next = 0;  // `before` of the next page; 0: there is none
  };
  virtual absl::StatusOr<Page> QueryJobs(const Query& query) = 0;

  // Usage of days in [first_day, last_day], by day, tenant, class, upstream, model; what comes
  // after row `after` in that order, `max` rows at most. Empty tenant or class: all of them.
  struct UsageQuery {
    int32_t first_day = 0;
    int32_t last_day = 0;
    std::string tenant;
    std::string class_name;
    std::optional<UsageAdded> after;
    int max = 0;
  };
  virtual absl::StatusOr<std::vector<UsageAdded>> ReadUsage(const UsageQuery& query) = 0;

  // Job numbers in [first, last], with the state each has now; for checkers and lists. At most
  // `max`.
  struct JobLine {
    JobNumber number = 0;
    JobId id;
    JobState state = JobState::kPending;
    LeaseNumber lease = 0;  // the latest one given; for an ended job the one that gave the outcome
    int32_t dispatch_count = 0;
  };
  virtual absl::StatusOr<std::vector<JobLine>> ListJobs(JobNumber first, JobNumber last,
                                                        int max) = 0;
};

// How long finished things are kept. The oldest go first.
struct Retention {
  absl::Duration finished_jobs = absl::Hours(24 * 7);
  absl::flat_hash_map<std::string, absl::Duration> finished_jobs_of_class;  // that differ
  absl::Duration events = absl::Hours(24 * 3);
  absl::Duration request_ids = absl::Hours(24);  // kept for at least that
  // 0: no limit. Compared with all that the main file holds, so what may be taken by the requests
  // of live jobs has to be added to it.
  int64_t max_finished_bytes = 0;
};

// A backup under way. Used by the engine's thread, between groups.
class StoreBackup {
 public:
  virtual ~StoreBackup() = default;  // not done: the unfinished file is removed
  struct Progress {
    int64_t copied_bytes = 0;
    int64_t total_bytes = 0;  // moves while jobs are written
    bool done = false;        // whole, and on disk
    std::string path;
  };
  // Copies a few megabytes. After an error the backup is over.
  virtual absl::StatusOr<Progress> Step() = 0;
};

// A look through the whole store for damage. Outlived by the store.
class StoreCheck {
 public:
  virtual ~StoreCheck() = default;
  // Takes as long as reading all of the store; on a thread of its own. OK: it is whole. DATA_LOSS:
  // it is damaged, and where. CANCELLED: by Stop(). ABORTED: the store needed its log or a
  // recovery; try again later. UNAVAILABLE: it could not be read.
  virtual absl::Status Run() = 0;
  // Any thread; also before Run().
  virtual void Stop() = 0;
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // The one recovery path, at every start and after a failed write: drops what is open, opens
  // again, makes sure that what it reads is on disk, raises the epoch, and tells where the numbers
  // go on.
  struct Recovered {
    int64_t epoch = 0;
    uint64_t instance =
        0;  // random, made with the file; tells one store's lease tokens from another's
    JobNumber next_job = 1;
    EventNumber next_event = 1;
  };
  virtual absl::StatusOr<Recovered> Recover(absl::Time now) = 0;

  // In place of a Recover() that fails, where an earlier one did not, for those who only ask: what
  // is committed can be loaded then, though nothing can be written. The epoch is the last one.
  // UNAVAILABLE: not that either.
  struct Committed {
    Recovered numbers;
    int64_t view = 0;  // another one: loading gives something else than before
  };
  virtual absl::StatusOr<Committed> FindCommitted() = 0;

  // What Recover() or FindCommitted() found, in the order of job numbers. The callbacks must not
  // call the store.
  virtual absl::Status LoadLive(absl::FunctionRef<void(LiveState)> add) = 0;
  virtual absl::Status LoadKeys(absl::FunctionRef<void(const KeyAdded&)> add) = 0;
  virtual absl::Status LoadSmallStates(absl::FunctionRef<void(const SmallState&)> add) = 0;

  // One transaction, on disk when it returns OK. Aborts with FAILED_PRECONDITION if the stored
  // epoch is not group.epoch, and with INTERNAL if a record contradicts what is stored (a second
  // outcome of a job, an unknown job, a number that was given before, an event number that is not
  // the next); nothing of the group is kept then.
  virtual absl::Status ApplyGroup(const Group& group) = 0;

  // Work that may wait for an idle moment (the checkpoint). Called by the engine's thread when it
  // has nothing to do; takes milliseconds. Returns whether there is more.
  virtual absl::StatusOr<bool> Tidy() = 0;

  // Removes a bounded number of the things that need not be kept any longer, in a transaction of
  // its own, and gives free pages back; takes milliseconds. Returns whether there is more. As
  // ApplyGroup after an error.
  virtual absl::StatusOr<bool> Prune(const Retention& retention, absl::Time now) = 0;

  // A consistent copy of the store as a file of that name in the folder `backups` of the data
  // directory. ALREADY_EXISTS: there is one. FAILED_PRECONDITION: a backup is under way.
  // INVALID_ARGUMENT: not a plain file name. The store outlives the backup; Recover() ends it. An
  // error leaves the store usable.
  virtual absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(
      const std::string& file_name) = 0;

  virtual absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() = 0;

  // After Recover(): null where whoever had the store open last has closed it, or where this store
  // was checked; otherwise what happened to it is not known, so it is to be looked through. A store
  // that is closed before that was done is so again at the next start.
  virtual std::unique_ptr<StoreCheck> CheckDue() = 0;

  struct Stats {
    int64_t disk_free_bytes = 0;  // that we may still write; INT64_MAX where that cannot be told
    int64_t log_bytes = 0;        // of the write-ahead log
    int64_t file_bytes = 0;       // of the main file
    int64_t free_bytes = 0;       // pages in the file that hold nothing
    int64_t commits = 0;
    // Removed by Prune since the store was opened.
    int64_t pruned_jobs = 0;
    int64_t pruned_events = 0;
  };
  virtual Stats GetStats() const = 0;
};

}  // namespace lull

#endif  // LULL_STORAGE_JOB_STORE_H_
