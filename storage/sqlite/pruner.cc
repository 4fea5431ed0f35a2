#include "storage/sqlite/pruner.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/event_packing.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/sql.h"

namespace lull {
namespace {

// Free pages up to this part of the file stay for what is written next: giving them back moves
// others, and the file would only grow again.
constexpr int64_t kFreePartKept = 16;

// What a job takes beside its bodies, roughly.
constexpr int64_t kRowBytes = 1024;

// A lap that passed over more outcomes than this is not made again at once: what falls due in the
// meantime stays for a part of its time longer.
constexpr int64_t kLongLap = 10'000;
constexpr int64_t kLongLapPausePart = 64;

absl::Duration KeptFor(const Retention& retention, absl::string_view class_name) {
  const auto found = retention.finished_jobs_of_class.find(class_name);
  return found == retention.finished_jobs_of_class.end() ? retention.finished_jobs : found->second;
}

absl::Duration ShortestKept(const Retention& retention) {
  absl::Duration shortest = retention.finished_jobs;
  for (const auto& [name, kept] : retention.finished_jobs_of_class) {
    shortest = std::min(shortest, kept);
  }
  return shortest;
}

bool KeepsJobsAsLong(const Retention& a, const Retention& b) {
  return a.finished_jobs == b.finished_jobs && a.finished_jobs_of_class == b.finished_jobs_of_class;
}

// Rows of the first version do not tell their newest time.
absl::StatusOr<absl::Time> NewestEvent(absl::string_view packed) {
  LULL_ASSIGN_OR_RETURN(const std::vector<Event> events, UnpackEvents(packed));
  absl::Time newest = absl::InfinitePast();
  for (const Event& event : events) newest = std::max(newest, event.time);
  return newest;
}

absl::StatusOr<absl::Time> NewestKey(absl::string_view packed) {
  LULL_ASSIGN_OR_RETURN(const std::vector<KeyAdded> keys, UnpackKeys(packed));
  absl::Time newest = absl::InfinitePast();
  for (const KeyAdded& key : keys) newest = std::max(newest, key.time);
  return newest;
}

absl::StatusOr<int64_t> ReadCount(Statement& row) {
  ResetAtEnd reset(row);
  LULL_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return absl::InternalError(absl::StrCat("\"", row.sql(), "\" gave no value"));
  return row.Int();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pruner>> Pruner::Prepare(Connection& connection, Writer& writer,
                                                        const PruneLimits& limits) {
  std::unique_ptr<Pruner> pruner(new Pruner(connection, writer, limits));
  LULL_RETURN_IF_ERROR(pruner->PrepareStatements());
  return pruner;
}

absl::Status Pruner::PrepareStatements() {
  const std::pair<Statement*, const char*> all[] = {
      {&begin_, sql::kBegin},
      {&commit_, sql::kCommit},
      {&walk_outcomes_, sql::kWalkOutcomes},
      {&read_body_size_, sql::kReadBodySize},
      {&walk_events_, sql::kWalkEvents},
      {&remove_events_, sql::kRemoveEvents},
      {&walk_keys_, sql::kWalkKeys},
      {&remove_keys_, sql::kRemoveKeys},
      {&count_pages_, sql::kReadPages},
      {&count_free_pages_, sql::kReadFreePages},
  };
  for (const auto& [statement, sql] : all) {
    LULL_ASSIGN_OR_RETURN(*statement, connection_.Prepare(sql));
  }
  return eraser_.Prepare(connection_);
}

absl::StatusOr<bool> Pruner::Prune(const Retention& retention, absl::Time now) {
  removed_ = Removed();
  Budget budget;
  budget.outcomes = limits_.outcomes_removed;
  budget.bytes = limits_.bytes_removed;
  LULL_RETURN_IF_ERROR(begin_.Run());
  absl::StatusOr<bool> more = PruneInTransaction(retention, now, budget);
  if (more.ok()) {
    const absl::Status committed = commit_.Run();
    if (!committed.ok()) more = committed;
  }
  if (more.ok()) {
    removed_ = budget.removed;
  } else {
    connection_.Rollback();
  }
  return more;
}

absl::StatusOr<bool> Pruner::PruneInTransaction(const Retention& retention, absl::Time now,
                                                Budget& budget) {
  LULL_ASSIGN_OR_RETURN(bool more, PruneByAge(retention, now, budget));
  if (retention.max_finished_bytes > 0) {
    LULL_ASSIGN_OR_RETURN(const bool too_large, PruneBySize(retention.max_finished_bytes, budget));
    more = more || too_large;
  }
  LULL_ASSIGN_OR_RETURN(const bool more_events,
                        PrunePrefix(Prefix::kEvents, now - retention.events, budget));
  // The engine, too, finds a key for up to twice the time: its memory and the table go together.
  LULL_ASSIGN_OR_RETURN(const bool more_keys,
                        PrunePrefix(Prefix::kKeys, now - 2 * retention.request_ids, budget));
  more = more || more_events || more_keys;
  if (budget.removed_any) LULL_RETURN_IF_ERROR(writer_.NoteNumbers());
  if (more) return true;
  return GivePagesBack();
}

absl::StatusOr<std::vector<Pruner::Outcome>> Pruner::ReadOutcomes(const Retention& retention,
                                                                  int64_t after, int64_t max,
                                                                  absl::Time until) {
  Statement& row = walk_outcomes_.Int(after).Int(max);
  ResetAtEnd reset(row);
  std::vector<Outcome> outcomes;
  while (outcomes.empty() || outcomes.back().end <= until) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) break;
    Outcome& outcome = outcomes.emplace_back();
    outcome.sequence = row.Int();
    outcome.job = row.Int();
    const absl::Duration kept_for = KeptFor(retention, row.Text());
    outcome.end = row.Time();
    outcome.due = outcome.end + kept_for;
    outcome.response_bytes = row.Int();
  }
  return outcomes;
}

absl::Status Pruner::Remove(const Outcome& outcome, Budget& budget) {
  LULL_ASSIGN_OR_RETURN(const int64_t body_bytes, ReadCount(read_body_size_.Int(outcome.job)));
  LULL_RETURN_IF_ERROR(eraser_.Erase(outcome.job).status());
  --budget.outcomes;
  budget.bytes -= kRowBytes + outcome.response_bytes + body_bytes;
  ++budget.removed.jobs;
  budget.removed_any = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> Pruner::PruneByAge(const Retention& retention, absl::Time now,
                                        Budget& budget) {
  if (!KeepsJobsAsLong(retention, lap_retention_)) {
    lap_retention_ = retention;
    next_lap_ = absl::InfinitePast();
  }
  if (lap_position_ == 0 && now < next_lap_) return false;
  // What ended after this is not due, whatever its class; and what follows ended later still.
  const absl::Duration shortest = ShortestKept(retention);
  const absl::Time until = now - shortest;
  LULL_ASSIGN_OR_RETURN(const std::vector<Outcome> outcomes,
                        ReadOutcomes(retention, lap_position_, limits_.outcomes_looked_at, until));
  for (const Outcome& outcome : outcomes) {
    if (budget.spent()) return true;
    lap_position_ = outcome.sequence;
    if (outcome.due <= now) {
      LULL_RETURN_IF_ERROR(Remove(outcome, budget));
    } else {
      ++lap_kept_;
      const bool is_last = outcome.end > until;
      lap_next_due_ = std::min(lap_next_due_, is_last ? outcome.end + shortest : outcome.due);
    }
  }
  if (static_cast<int64_t>(outcomes.size()) == limits_.outcomes_looked_at &&
      outcomes.back().end <= until) {
    return true;
  }
  EndLap(now, shortest);
  return false;
}

void Pruner::EndLap(absl::Time now, absl::Duration shortest) {
  // What has not ended yet falls due after this.
  next_lap_ = std::min(lap_next_due_, now + shortest);
  if (lap_kept_ > kLongLap) next_lap_ = std::max(next_lap_, now + shortest / kLongLapPausePart);
  lap_position_ = lap_kept_ = 0;
  lap_next_due_ = absl::InfiniteFuture();
}

absl::StatusOr<bool> Pruner::PruneBySize(int64_t max_bytes, Budget& budget) {
  LULL_ASSIGN_OR_RETURN(const int64_t pages, ReadCount(count_pages_));
  LULL_ASSIGN_OR_RETURN(const int64_t free_pages, ReadCount(count_free_pages_));
  const int64_t excess = (pages - free_pages) * connection_.page_bytes() - max_bytes;
  if (excess <= 0) return false;
  LULL_ASSIGN_OR_RETURN(
      const std::vector<Outcome> oldest,
      ReadOutcomes(Retention(), 0, limits_.outcomes_removed, absl::InfiniteFuture()));
  const int64_t bytes_before = budget.bytes;
  for (const Outcome& outcome : oldest) {
    if (budget.spent() || bytes_before - budget.bytes >= excess) return true;
    LULL_RETURN_IF_ERROR(Remove(outcome, budget));
  }
  return !oldest.empty();
}

absl::StatusOr<bool> Pruner::PrunePrefix(Prefix prefix, absl::Time until, Budget& budget) {
  const bool events = prefix == Prefix::kEvents;
  int64_t last_due = 0;
  int64_t rows = 0;
  {
    Statement& row = (events ? walk_events_ : walk_keys_).Int(limits_.prefix_rows);
    ResetAtEnd reset(row);
    while (true) {
      LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
      if (!more) break;
      const int64_t key = row.Int();
      const int64_t count = row.Int();
      absl::Time newest = row.Time();
      if (newest == absl::InfinitePast()) {
        LULL_ASSIGN_OR_RETURN(newest, events ? NewestEvent(row.Blob()) : NewestKey(row.Blob()));
      }
      if (newest > until) break;
      last_due = key;
      ++rows;
      budget.removed.events += count;
    }
  }
  if (rows == 0) return false;
  budget.removed_any = true;
  LULL_RETURN_IF_ERROR((events ? remove_events_ : remove_keys_).Int(last_due).Run());
  return rows == limits_.prefix_rows;
}

absl::StatusOr<bool> Pruner::GivePagesBack() {
  LULL_ASSIGN_OR_RETURN(const int64_t pages, ReadCount(count_pages_));
  LULL_ASSIGN_OR_RETURN(const int64_t free_pages, ReadCount(count_free_pages_));
  const int64_t spare = free_pages - pages / kFreePartKept;
  if (spare <= 0) return false;
  const int64_t now = std::min(spare, limits_.pages_given_back);
  LULL_RETURN_IF_ERROR(
      connection_.Execute(absl::StrCat("PRAGMA incremental_vacuum(", now, ")").c_str()));
  return now < spare;
}

}  // namespace lull
