-- SPDX-License-Identifier: Apache-2.0
-- The database of seep: docs/schema.md explains it. Built into the library; run once with views.sql,
-- in one transaction, when a database is made. t_s is always seconds since the start of the run.
-- A change here comes with a step in migrations/.
--
-- The tables that are written most, point and stack_point, are keyed by (run, time, ...): a tick
-- writes to one place of the file and a run is read in one sweep, without an index beside the
-- data. For the same reason they, and survivor, have no foreign key to series and stack: checking
-- one at a delete takes an index as large as the table. Deleting a run removes all of its rows.

PRAGMA application_id = 0x53454550;  -- "SEEP"
PRAGMA user_version = 6;             -- version of this schema: docs/schema.md, "Versions"

-- One observation from start to end, of one or more processes.
CREATE TABLE run (
  run_id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, even after a delete
  name TEXT NOT NULL,                        -- need not be unique: the newest is meant
  started_at_ns INTEGER NOT NULL,            -- ns since 1970 (CLOCK_REALTIME)
  duration_s REAL NOT NULL,                  -- t_s of the last tick
  is_finished INTEGER NOT NULL CHECK (is_finished IN (0, 1)),  -- 0: killed, or still watching
  target_exit INTEGER,                       -- as a shell reports it: 0-255, 128 + signal
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,                     -- boot of the host that target.pid belongs to
  seep_version TEXT NOT NULL,
  interval_bytes INTEGER NOT NULL,           -- mean bytes between heap samples, at the start
  tick_s REAL NOT NULL,                      -- seconds between points; 0: scaled with the run
  snapshot_s REAL NOT NULL,                  -- seconds between heap snapshots; 0: likewise
  limit_bytes INTEGER NOT NULL,              -- memory limit at the start; 0: none found
  limit_source TEXT NOT NULL                 -- "cgroup memory.max", "RLIMIT_AS", "host"
) STRICT;

-- The command of a run, one row an argument; no rows: seep attached.
CREATE TABLE run_argument (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  position INTEGER NOT NULL,  -- 0: the program
  argument TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

-- One process of a run. An exec keeps the target and starts its next ledger.
CREATE TABLE target (
  target_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  pid INTEGER NOT NULL,
  start_ticks INTEGER NOT NULL,  -- clock ticks since boot, /proc/PID/stat field 22
  parent_pid INTEGER NOT NULL,
  exe TEXT NOT NULL,             -- path, or the command name when it cannot be read
  command_line TEXT NOT NULL,    -- arguments joined by blanks
  probe TEXT NOT NULL,           -- "active", or why there are no heap data
  first_seen_s REAL NOT NULL,
  last_seen_s REAL NOT NULL,
  exit_status INTEGER,           -- as a shell reports it; known for our own child only
  UNIQUE (run_id, pid, start_ticks)
) STRICT;

-- Something that happened.
CREATE TABLE event (
  event_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  t_s REAL NOT NULL,
  kind TEXT NOT NULL,    -- a fixed word: docs/schema.md has them
  message TEXT NOT NULL  -- one line for people
) STRICT;
CREATE INDEX event_by_run ON event (run_id, t_s);

-- One measured quantity of one target.
CREATE TABLE series (
  series_id INTEGER PRIMARY KEY,
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  metric TEXT NOT NULL,  -- rss_anon, fds, ...: storage/model/series.h
  unit TEXT NOT NULL,    -- bytes, fds, threads, seconds
  UNIQUE (target_id, metric)
) STRICT;

-- One measurement. Append-only, until it is old: then point_1m and point_10m stand for it.
CREATE TABLE point (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  t_s REAL NOT NULL,
  series_id INTEGER NOT NULL,  -- of series
  value REAL NOT NULL,         -- in series.unit
  PRIMARY KEY (run_id, t_s, series_id)
) STRICT, WITHOUT ROWID;

-- What is kept of measurements that are too old to be kept one by one: a row a minute.
CREATE TABLE point_1m (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  t_s REAL NOT NULL,           -- begin of the minute
  series_id INTEGER NOT NULL,  -- of series
  min_value REAL NOT NULL,     -- in series.unit, as the next three
  mean_value REAL NOT NULL,
  max_value REAL NOT NULL,
  last_value REAL NOT NULL,
  points INTEGER NOT NULL,     -- measurements that this stands for
  PRIMARY KEY (run_id, t_s, series_id)
) STRICT, WITHOUT ROWID;

-- And later a row for ten minutes.
CREATE TABLE point_10m (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  t_s REAL NOT NULL,           -- begin of the ten minutes
  series_id INTEGER NOT NULL,  -- of series
  min_value REAL NOT NULL,     -- in series.unit, as the next three
  mean_value REAL NOT NULL,
  max_value REAL NOT NULL,
  last_value REAL NOT NULL,
  points INTEGER NOT NULL,     -- measurements that this stands for
  PRIMARY KEY (run_id, t_s, series_id)
) STRICT, WITHOUT ROWID;

-- Finished runs that are being removed, in portions: no longer shown.
CREATE TABLE run_removal (
  run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE
) STRICT;

-- Ledgers whose windows have become longer and whose stack points are being brought to it, in
-- portions: those beyond (window, stack_id) may still lie in shorter windows. Readers take the
-- later one of each longer window, with the least of all.
CREATE TABLE window_merge (
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  ledger INTEGER NOT NULL,    -- exec sequence of the ledger
  window INTEGER NOT NULL,    -- as in stack_point
  stack_id INTEGER NOT NULL,  -- as in stack_point
  PRIMARY KEY (target_id, ledger)
) STRICT, WITHOUT ROWID;

-- An executable or shared object; shared by all runs.
CREATE TABLE module (
  module_id INTEGER PRIMARY KEY,
  build_id TEXT NOT NULL,  -- lower-case hexadecimal, '' when the object has none
  path TEXT NOT NULL,      -- as the target saw it
  UNIQUE (build_id, path)
) STRICT;

-- How a ledger numbers its modules: lets a restarted agent go on with the same ledger.
CREATE TABLE ledger_module (
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  ledger INTEGER NOT NULL,            -- exec sequence of the ledger
  ledger_module_id INTEGER NOT NULL,  -- >= 1
  module_id INTEGER NOT NULL REFERENCES module,
  PRIMARY KEY (target_id, ledger, ledger_module_id)
) STRICT, WITHOUT ROWID;

-- One distinct stack of one target.
CREATE TABLE stack (
  stack_id INTEGER PRIMARY KEY,
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  ledger INTEGER NOT NULL,  -- exec sequence of the ledger
  slot INTEGER NOT NULL,    -- stack id in the ledger; 0: allocations whose stack is not known
  is_truncated INTEGER NOT NULL CHECK (is_truncated IN (0, 1)),  -- 1: outermost frames missing
  kind INTEGER NOT NULL CHECK (kind IN (0, 1)),  -- 0: sampled heap blocks, 1: mappings, all counted
  UNIQUE (target_id, ledger, slot)
) STRICT;

CREATE TABLE stack_frame (
  stack_id INTEGER NOT NULL REFERENCES stack ON DELETE CASCADE,
  position INTEGER NOT NULL,             -- 0: innermost
  module_id INTEGER REFERENCES module,   -- NULL: no module, address is a run-time one
  address INTEGER NOT NULL,              -- return address, ELF virtual address in the module
  PRIMARY KEY (stack_id, position)
) STRICT, WITHOUT ROWID;

-- One ledger of a target: its start, and how its life is divided into 32 to 64 windows of equal
-- length (storage/model/heap_window.h). Windows count in quarter seconds from started_s.
CREATE TABLE ledger (
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  ledger INTEGER NOT NULL,           -- exec sequence of the ledger
  started_s REAL NOT NULL,           -- negative: before the run
  window_length INTEGER NOT NULL,    -- of the windows of its stack points, 1/4 s
  PRIMARY KEY (target_id, ledger)
) STRICT, WITHOUT ROWID;

-- State of one stack at the last heap snapshot of a window in which it had changed: no row, no
-- change. As a ledger gets older two windows become one, and the later row stays. Bytes and
-- objects are unbiased estimates from the samples.
CREATE TABLE stack_point (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  window INTEGER NOT NULL,        -- its begin, 1/4 s since the ledger was made
  stack_id INTEGER NOT NULL,      -- of stack
  t_s REAL NOT NULL,              -- of the snapshot
  alloc_bytes REAL NOT NULL,      -- bytes, cumulative
  alloc_objects REAL NOT NULL,    -- blocks, cumulative
  free_bytes REAL NOT NULL,       -- bytes, cumulative
  free_objects REAL NOT NULL,     -- blocks, cumulative
  live_bytes REAL NOT NULL,       -- bytes in use
  live_objects REAL NOT NULL,     -- blocks in use
  live_variance REAL NOT NULL,    -- bytes^2, variance of live_bytes
  alloc_samples INTEGER NOT NULL, -- sampled blocks, cumulative: births of a window by difference
  live_samples INTEGER NOT NULL,  -- sampled blocks in use
  settled_samples INTEGER NOT NULL,     -- of these, older than an eighth of the ledger's life
  least_live_samples INTEGER NOT NULL,  -- at any snapshot of the window
  thinned_samples INTEGER NOT NULL,     -- dropped without a free, cumulative
  PRIMARY KEY (run_id, window, stack_id)
) STRICT, WITHOUT ROWID;

-- Sampled blocks in use at the last heap snapshot, by time of birth [born_from_s, born_to_s): the
-- windows of the ledger. A snapshot changes the rows that it finds changed.
CREATE TABLE survivor (
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  ledger INTEGER NOT NULL,     -- exec sequence of the ledger
  stack_id INTEGER NOT NULL,   -- of stack
  born_from_s REAL NOT NULL,   -- may be negative: born before the run began
  born_to_s REAL NOT NULL,
  samples INTEGER NOT NULL,    -- sampled blocks
  bytes REAL NOT NULL,         -- estimate
  variance REAL NOT NULL,      -- bytes^2, of bytes
  PRIMARY KEY (target_id, ledger, stack_id, born_from_s)
) STRICT, WITHOUT ROWID;

-- What one source tells of one operation of what the run watches: docs/load.md.
CREATE TABLE load_series (
  load_series_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  source TEXT NOT NULL,     -- 'http://127.0.0.1:9100/metrics', 'k6-json:/var/log/k6.json'
  operation TEXT NOT NULL,  -- '': all of them together; 'other': those beyond the most
  UNIQUE (run_id, source, operation)
) STRICT;

-- What it was asked, and how it answered, in one window of time. Windows of a series do not overlap.
CREATE TABLE load_window (
  load_window_id INTEGER PRIMARY KEY,
  load_series_id INTEGER NOT NULL REFERENCES load_series ON DELETE CASCADE,
  begin_s REAL NOT NULL,
  end_s REAL NOT NULL,
  resolution_s REAL NOT NULL,  -- 0: as told; 600: what is kept of older ones
  requests REAL NOT NULL,      -- answered, well or not
  errors REAL NOT NULL,        -- of these
  concurrency REAL,            -- users or connections that ask, mean; NULL: not told
  expected_interval_s REAL NOT NULL,  -- between requests, had answers come in time; 0: not known
  p50_s REAL,                  -- of latency, for people; NULL: not told
  p95_s REAL,
  p99_s REAL,
  latency BLOB NOT NULL,       -- histogram, docs/schema.md; empty: not told
  UNIQUE (load_series_id, begin_s)
) STRICT;
CREATE INDEX load_window_fine ON load_window (load_series_id, begin_s) WHERE resolution_s = 0;

-- Cache of resolved frames, filled by reports; safe to empty. An inlined call gives several rows
-- of one address, innermost first. Objects without a build id are not cached.
CREATE TABLE symbol (
  build_id TEXT NOT NULL,     -- as in module
  address INTEGER NOT NULL,   -- as in stack_frame
  position INTEGER NOT NULL,  -- 0: innermost
  function TEXT NOT NULL,     -- demangled
  file TEXT NOT NULL,         -- '' when unknown
  line INTEGER NOT NULL,      -- 0 when unknown
  module TEXT NOT NULL,       -- file name of the module, without its folder
  is_inlined INTEGER NOT NULL CHECK (is_inlined IN (0, 1)),
  PRIMARY KEY (build_id, address, position)
) STRICT, WITHOUT ROWID;

-- What a run was of: runs that agree in it can be compared. No row: only what its targets say.
CREATE TABLE run_key (
  run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  service TEXT NOT NULL,     -- '' here and below: any
  workload TEXT NOT NULL,
  host_class TEXT NOT NULL,  -- machine and CPUs: 'x86_64-2'
  config_hash TEXT NOT NULL
) STRICT;

-- Runs that others are compared with. They outlive the rows of their runs.
CREATE TABLE baseline (
  baseline_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  is_pinned INTEGER NOT NULL CHECK (is_pinned IN (0, 1)),  -- 1: a release, it stays as it is
  keep INTEGER NOT NULL,           -- runs that a rolling one keeps
  changed_at_ns INTEGER NOT NULL   -- ns since 1970
) STRICT;

CREATE TABLE baseline_run (
  baseline_id INTEGER NOT NULL REFERENCES baseline ON DELETE CASCADE,
  position INTEGER NOT NULL,  -- 0: the oldest
  summary TEXT NOT NULL,      -- JSON, docs/baseline.md: figures and stacks
  PRIMARY KEY (baseline_id, position)
) STRICT;
