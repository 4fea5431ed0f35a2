-- All times and durations are microseconds; times since the Unix epoch, UTC. NULL: not set.
-- Columns named attempts, labels, required_tags and packed hold messages of packed.proto.

-- What this file is and where its numbers go on.
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,       -- raised at each recovery; a commit of another epoch is refused
  instance INTEGER NOT NULL,    -- random; tells this file's leases from another's
  next_job INTEGER NOT NULL,    -- no number below is given again, even when the rows that had it are gone
  next_event INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, 0, random(), 1, 1);

-- A job as it was submitted. Never updated.
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL,             -- the public one, 16 bytes
  tenant TEXT NOT NULL,
  class TEXT NOT NULL,
  route_group TEXT NOT NULL,
  required_tags BLOB,
  run_when INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  labels BLOB,
  create_time INTEGER,
  schedule_time INTEGER,
  deadline INTEGER,
  max_attempts INTEGER NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  model TEXT NOT NULL,
  options BLOB
) STRICT;
CREATE UNIQUE INDEX jobs_by_id ON jobs (id);

-- Request bodies, apart, so that the rows above stay narrow. No row: no body.
CREATE TABLE bodies (
  job INTEGER PRIMARY KEY,
  unpacked_size INTEGER,        -- NULL: body is as it was sent; else it is compressed with zstd
  body BLOB NOT NULL
) STRICT;

-- Every job that has not ended, and all that a start reads of it.
CREATE TABLE live (
  number INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  class TEXT NOT NULL,
  route_group TEXT NOT NULL,
  required_tags BLOB,
  run_when INTEGER NOT NULL,
  state INTEGER NOT NULL,
  cancel_cause INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  create_time INTEGER,
  ready_since INTEGER,
  not_before INTEGER,
  backing_off INTEGER NOT NULL,
  deadline INTEGER,
  request_bytes INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  dispatch_count INTEGER NOT NULL,
  backoff_round INTEGER NOT NULL,
  avoid_upstreams INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  worker TEXT NOT NULL,
  upstream TEXT NOT NULL,
  attempt_model TEXT NOT NULL,
  outside_window INTEGER NOT NULL,
  attempt_start INTEGER,
  total_limit INTEGER NOT NULL,
  first_start INTEGER,
  attempts BLOB
) STRICT;

-- The outcome of every job that has ended, in the order of ending. The index finds a job's outcome and refuses a
-- second one.
CREATE TABLE results (
  sequence INTEGER PRIMARY KEY,
  job INTEGER NOT NULL,
  state INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  dispatch_count INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  class TEXT NOT NULL,
  route_group TEXT NOT NULL,
  priority INTEGER NOT NULL,
  cancel_cause INTEGER NOT NULL,
  create_time INTEGER,
  start_time INTEGER,
  end_time INTEGER,
  deadline INTEGER,
  result_hash INTEGER NOT NULL,
  attempts BLOB,
  prompt_tokens INTEGER NOT NULL,
  cached_prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  served_from INTEGER NOT NULL,
  error_code INTEGER NOT NULL,
  error_reason TEXT NOT NULL,
  error_message TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  finish_reason TEXT NOT NULL,
  content_type TEXT NOT NULL,
  response_model TEXT NOT NULL,
  upstream_request_id TEXT NOT NULL,
  unpacked_size INTEGER,        -- as in bodies
  response BLOB
) STRICT;
CREATE UNIQUE INDEX results_by_job ON results (job);

-- The events of one commit in one row.
CREATE TABLE events (
  first INTEGER PRIMARY KEY,    -- the number of its first event
  count INTEGER NOT NULL,
  packed BLOB NOT NULL
) STRICT;

-- The idempotency keys of one commit in one row. Searched in memory only, so without an index.
CREATE TABLE keys (
  sequence INTEGER PRIMARY KEY,
  packed BLOB NOT NULL
) STRICT;

-- The engine's small durable values.
CREATE TABLE small_state (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
