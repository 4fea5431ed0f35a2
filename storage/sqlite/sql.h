// All the SQL there is beside the schema. Values go in through `?` only; column lists are in the
// order of rows.cc.
#ifndef LULL_STORAGE_SQLITE_SQL_H_
#define LULL_STORAGE_SQLITE_SQL_H_

namespace lull::sql {

// Transactions
inline constexpr char kBegin[] = "BEGIN IMMEDIATE";
inline constexpr char kCommit[] = "COMMIT";

// Migrations
inline constexpr char kCreateMigrations[] =
    "CREATE TABLE IF NOT EXISTS migrations ("
    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, time INTEGER NOT NULL) STRICT";
inline constexpr char kReadMigrations[] = "SELECT number, name FROM migrations ORDER BY number";
inline constexpr char kAddMigration[] = "INSERT INTO migrations VALUES (?, ?, ?)";

// Recovery. The numbers go on after the last row, and never below what was noted.
inline constexpr char kRaiseEpoch[] =
    "UPDATE meta SET epoch = epoch + 1,"
    " next_job = max(next_job, (SELECT ifnull(max(number), 0) + 1 FROM jobs)),"
    " next_event = max(next_event, ifnull((SELECT first + count FROM events ORDER BY first DESC "
    "LIMIT 1), 0))"
    " WHERE id = 1";
inline constexpr char kReadMeta[] =
    "SELECT epoch, instance, next_job, next_event FROM meta WHERE id = 1";
// As a recovery would tell them, without raising the epoch.
inline constexpr char kReadNumbers[] =
    "SELECT epoch, instance,"
    " max(next_job, (SELECT ifnull(max(number), 0) + 1 FROM jobs)),"
    " max(next_event, ifnull((SELECT first + count FROM events ORDER BY first DESC LIMIT 1), 0))"
    " FROM meta WHERE id = 1";
inline constexpr char kReadEpoch[] = "SELECT epoch FROM meta WHERE id = 1";
inline constexpr char kReadFreePages[] = "PRAGMA freelist_count";
// At most so many lines.
inline constexpr char kQuickCheck[] = "PRAGMA quick_check(10)";

// Writing
inline constexpr char kAddJob[] =
    "INSERT INTO jobs (number, id, tenant, class, route_group, required_tags, run_when, priority, "
    "labels, create_time,"
    " schedule_time, deadline, max_attempts, method, path, model, options)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr char kAddBody[] = "INSERT INTO bodies (job, unpacked_size, body) VALUES (?, ?, ?)";
inline constexpr char kAddLive[] =
    "INSERT INTO live (tenant, class, route_group, model, required_tags, run_when, state, "
    "cancel_cause, "
    "priority,"
    " create_time, ready_since, not_before, backing_off, deadline, request_bytes, max_attempts, "
    "attempt_count,"
    " dispatch_count, backoff_round, avoid_upstreams, lease, worker, upstream, attempt_model, "
    "outside_window, attempt_start, "
    "total_limit,"
    " first_start, labels, event, attempts, number)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?)";
inline constexpr char kChangeLive[] =
    "UPDATE live SET tenant = ?, class = ?, route_group = ?, model = ?, required_tags = ?, "
    "run_when = ?, "
    "state = ?,"
    " cancel_cause = ?, priority = ?, create_time = ?, ready_since = ?, not_before = ?, "
    "backing_off = ?, deadline = ?,"
    " request_bytes = ?, max_attempts = ?, attempt_count = ?, dispatch_count = ?, backoff_round = "
    "?,"
    " avoid_upstreams = ?, lease = ?, worker = ?, upstream = ?, attempt_model = ?, outside_window "
    "= ?, attempt_start = ?, total_limit = "
    "?, first_start = ?,"
    " labels = ?, event = ?, attempts = ? WHERE number = ?";
inline constexpr char kRemoveLive[] = "DELETE FROM live WHERE number = ?";
inline constexpr char kAddResult[] =
    "INSERT INTO results (job, state, lease, dispatch_count, attempt_count, tenant, class, "
    "route_group, priority, cancel_cause, create_time, start_time,"
    " end_time, deadline, result_hash, labels, event, attempts, prompt_tokens, "
    "cached_prompt_tokens, "
    "completion_tokens,"
    " reasoning_tokens, served_from, error_code, error_reason, error_message, http_status, "
    "finish_reason,"
    " content_type, response_model, upstream_request_id, unpacked_size, response)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?)";
inline constexpr char kAddEvents[] =
    "INSERT INTO events (first, count, time, packed) VALUES (?, ?, ?, ?)";
inline constexpr char kAddKeys[] = "INSERT INTO keys (time, packed) VALUES (?, ?)";
inline constexpr char kAddUsage[] =
    "INSERT INTO usage (day, tenant, class, upstream, model, calls, maybe_billed_calls, "
    "prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (day, tenant, class, upstream, model) DO UPDATE SET calls = calls + "
    "excluded.calls,"
    " maybe_billed_calls = maybe_billed_calls + excluded.maybe_billed_calls,"
    " prompt_tokens = prompt_tokens + excluded.prompt_tokens,"
    " cached_prompt_tokens = cached_prompt_tokens + excluded.cached_prompt_tokens,"
    " completion_tokens = completion_tokens + excluded.completion_tokens,"
    " reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens";
inline constexpr char kSetSmallState[] =
    "INSERT INTO small_state (kind, key, value) VALUES (?, ?, ?)"
    " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value";
inline constexpr char kRemoveSmallState[] = "DELETE FROM small_state WHERE kind = ? AND key = ?";

// Deleting. Whoever removes what may be the newest rows notes the numbers.
inline constexpr char kFindLive[] = "SELECT 1 FROM live WHERE number = ?";
inline constexpr char kDeleteResult[] = "DELETE FROM results WHERE job = ?";
inline constexpr char kDeleteBody[] = "DELETE FROM bodies WHERE job = ?";
inline constexpr char kDeleteJob[] = "DELETE FROM jobs WHERE number = ?";
inline constexpr char kNoteNumbers[] = "UPDATE meta SET next_job = ?, next_event = ? WHERE id = 1";

// Pruning. Sizes of blobs are in the rows' heads: no blob is read for them.
inline constexpr char kWalkOutcomes[] =
    "SELECT sequence, job, class, end_time, ifnull(length(response), 0) FROM results"
    " WHERE sequence > ? ORDER BY sequence LIMIT ?";
inline constexpr char kReadBodySize[] =
    "SELECT ifnull((SELECT length(body) FROM bodies WHERE job = ?), 0)";
inline constexpr char kWalkEvents[] =
    "SELECT first, count, time, iif(time IS NULL, packed, NULL) FROM events ORDER BY first LIMIT ?";
inline constexpr char kRemoveEvents[] = "DELETE FROM events WHERE first <= ?";
inline constexpr char kWalkKeys[] =
    "SELECT sequence, 0, time, iif(time IS NULL, packed, NULL) FROM keys ORDER BY sequence LIMIT ?";
inline constexpr char kRemoveKeys[] = "DELETE FROM keys WHERE sequence <= ?";
inline constexpr char kReadPages[] = "PRAGMA page_count";

// Of a copy.
inline constexpr char kChangeInstance[] = "UPDATE meta SET instance = random() WHERE id = 1";

// Loading at start
inline constexpr char kLoadLive[] =
    "SELECT tenant, class, route_group, model, required_tags, run_when, state, cancel_cause, "
    "priority, "
    "create_time,"
    " ready_since, not_before, backing_off, deadline, request_bytes, max_attempts, attempt_count, "
    "dispatch_count,"
    " backoff_round, avoid_upstreams, lease, worker, upstream, attempt_model, outside_window, "
    "attempt_start, total_limit, "
    "first_start, labels, event, attempts,"
    " number FROM live WHERE number BETWEEN ? AND ? ORDER BY number";
inline constexpr char kLiveSpan[] =
    "SELECT (SELECT min(number) FROM live), (SELECT max(number) FROM live)";
inline constexpr char kLiveRoot[] = "SELECT rootpage FROM sqlite_schema WHERE name = 'live'";
inline constexpr char kLoadKeys[] =
    "SELECT packed FROM keys WHERE sequence BETWEEN ? AND ? ORDER BY sequence";
inline constexpr char kKeysSpan[] =
    "SELECT (SELECT min(sequence) FROM keys), (SELECT max(sequence) FROM keys)";
inline constexpr char kLoadSmallStates[] =
    "SELECT kind, key, value FROM small_state ORDER BY kind, key";

// Reading
inline constexpr char kFindJob[] = "SELECT number, tenant FROM jobs WHERE id = ?";
#define LULL_JOB_COLUMNS                                                                \
  "number, id, tenant, class, route_group, required_tags, run_when, priority, labels, " \
  "create_time, schedule_time,"                                                         \
  " deadline, max_attempts, method, path, model, options"
inline constexpr char kReadJob[] = "SELECT " LULL_JOB_COLUMNS " FROM jobs WHERE number = ?";
inline constexpr char kReadJobWithBody[] =
    "SELECT " LULL_JOB_COLUMNS
    ", unpacked_size, body FROM jobs LEFT JOIN bodies ON job = number WHERE number = ?";
#undef LULL_JOB_COLUMNS
#define LULL_RESULT_COLUMNS                                                             \
  "job, state, lease, dispatch_count, attempt_count, tenant, class, route_group, "      \
  "priority, cancel_cause, create_time, start_time, "                                   \
  "end_time, deadline,"                                                                 \
  " result_hash, labels, event, attempts, prompt_tokens, cached_prompt_tokens, "        \
  "completion_tokens, "                                                                 \
  "reasoning_tokens,"                                                                   \
  " served_from, error_code, error_reason, error_message, http_status, finish_reason, " \
  "content_type, response_model, upstream_request_id"
inline constexpr char kReadResult[] = "SELECT " LULL_RESULT_COLUMNS " FROM results WHERE job = ?";
inline constexpr char kReadResultWithBody[] =
    "SELECT " LULL_RESULT_COLUMNS ", unpacked_size, response FROM results WHERE job = ?";
#undef LULL_RESULT_COLUMNS
// The commit that holds event ?1, if any, and those after it.
inline constexpr char kReadEvents[] =
    "SELECT first, packed FROM events"
    " WHERE first >= ifnull((SELECT max(first) FROM events WHERE first <= ?1), ?1) ORDER BY first";
inline constexpr char kReadEventRange[] =
    "SELECT (SELECT min(first) FROM events),"
    " (SELECT first + count FROM events ORDER BY first DESC LIMIT 1), next_event"
    " FROM meta WHERE id = 1";
inline constexpr char kReadIdentity[] = "SELECT id, tenant, labels FROM jobs WHERE number = ?";
// Newest first; the present values, of which labels may be those of jobs.
inline constexpr char kQueryJobs[] =
    "SELECT number, jobs.tenant, ifnull(live.state, results.state),"
    " ifnull(live.class, results.class), jobs.create_time,"
    " ifnull(ifnull(live.labels, results.labels), jobs.labels)"
    " FROM jobs LEFT JOIN live USING (number) LEFT JOIN results ON results.job = number"
    " WHERE number < ? ORDER BY number DESC LIMIT ?";
// After the row (?3 to ?7), unless ?3 is NULL.
inline constexpr char kReadUsage[] =
    "SELECT day, tenant, class, upstream, model, calls, maybe_billed_calls, prompt_tokens,"
    " cached_prompt_tokens, completion_tokens, reasoning_tokens FROM usage"
    " WHERE day BETWEEN ?1 AND ?2"
    " AND (?3 IS NULL OR (day, tenant, class, upstream, model) > (?3, ?4, ?5, ?6, ?7))"
    " AND (?8 = '' OR tenant = ?8) AND (?9 = '' OR class = ?9)"
    " ORDER BY day, tenant, class, upstream, model LIMIT ?10";
inline constexpr char kListJobs[] =
    "SELECT number, id, ifnull(live.state, results.state), ifnull(live.lease, results.lease),"
    " ifnull(live.dispatch_count, results.dispatch_count)"
    " FROM jobs LEFT JOIN live USING (number) LEFT JOIN results ON results.job = number"
    " WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?";

}  // namespace lull::sql

#endif  // LULL_STORAGE_SQLITE_SQL_H_
