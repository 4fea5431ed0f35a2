-- Labels that were changed after the submit: NULL where they are as created, a blob of no bytes where there are none
-- any more. `event` is the number of the job's newest event; 0: it was written before events had that.
ALTER TABLE live ADD COLUMN labels BLOB;
ALTER TABLE live ADD COLUMN event INTEGER NOT NULL DEFAULT 0;

-- The job's own model, for what its calls use is added up by model.
ALTER TABLE live ADD COLUMN model TEXT NOT NULL DEFAULT '';
UPDATE live SET model = (SELECT jobs.model FROM jobs WHERE jobs.number = live.number);

-- The same of ended jobs. The table is written again, so that a list of jobs need not step over each response to reach
-- a column behind it.
ALTER TABLE results RENAME TO results_before;
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
  labels BLOB,
  event INTEGER NOT NULL,
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
  unpacked_size INTEGER,
  response BLOB
) STRICT;
INSERT INTO results
  SELECT sequence, job, state, lease, dispatch_count, attempt_count, tenant, class, route_group, priority,
    cancel_cause, create_time, start_time, end_time, deadline, result_hash, NULL, 0, attempts, prompt_tokens,
    cached_prompt_tokens, completion_tokens, reasoning_tokens, served_from, error_code, error_reason, error_message,
    http_status, finish_reason, content_type, response_model, upstream_request_id, unpacked_size, response
  FROM results_before ORDER BY sequence;
DROP TABLE results_before;
CREATE UNIQUE INDEX results_by_job ON results (job);

-- The newest time in the row, to prune by. NULL in rows of before: it has to be read from what is packed.
ALTER TABLE events ADD COLUMN time INTEGER;
ALTER TABLE keys ADD COLUMN time INTEGER;

-- What calls used, added up. It outlives the jobs.
CREATE TABLE usage (
  day INTEGER NOT NULL,         -- of the start of the call: days since the Unix epoch, UTC
  tenant TEXT NOT NULL,
  class TEXT NOT NULL,
  upstream TEXT NOT NULL,
  model TEXT NOT NULL,
  calls INTEGER NOT NULL,
  maybe_billed_calls INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  cached_prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  PRIMARY KEY (day, tenant, class, upstream, model)
) STRICT, WITHOUT ROWID;
