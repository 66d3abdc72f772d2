-- SPDX-License-Identifier: Apache-2.0
-- Version 4 to 5: load and latency. Tables only; schema.sql explains them.

CREATE TABLE load_series (
  load_series_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  source TEXT NOT NULL,
  operation TEXT NOT NULL,
  UNIQUE (run_id, source, operation)
) STRICT;

CREATE TABLE load_window (
  load_window_id INTEGER PRIMARY KEY,
  load_series_id INTEGER NOT NULL REFERENCES load_series ON DELETE CASCADE,
  begin_s REAL NOT NULL,
  end_s REAL NOT NULL,
  resolution_s REAL NOT NULL,
  requests REAL NOT NULL,
  errors REAL NOT NULL,
  concurrency REAL,
  expected_interval_s REAL NOT NULL,
  p50_s REAL,
  p95_s REAL,
  p99_s REAL,
  latency BLOB NOT NULL,
  UNIQUE (load_series_id, begin_s)
) STRICT;
CREATE INDEX load_window_fine ON load_window (load_series_id, begin_s) WHERE resolution_s = 0;
