-- SPDX-License-Identifier: Apache-2.0
-- Version 3 to 4: retention (buckets of measurements, removal of runs), and windows
-- that merge in portions. Tables only; schema.sql explains them.

CREATE TABLE point_1m (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  t_s REAL NOT NULL,
  series_id INTEGER NOT NULL,
  min_value REAL NOT NULL,
  mean_value REAL NOT NULL,
  max_value REAL NOT NULL,
  last_value REAL NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (run_id, t_s, series_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE point_10m (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  t_s REAL NOT NULL,
  series_id INTEGER NOT NULL,
  min_value REAL NOT NULL,
  mean_value REAL NOT NULL,
  max_value REAL NOT NULL,
  last_value REAL NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (run_id, t_s, series_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_removal (
  run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE
) STRICT;

CREATE TABLE window_merge (
  target_id INTEGER NOT NULL REFERENCES target ON DELETE CASCADE,
  ledger INTEGER NOT NULL,
  window INTEGER NOT NULL,
  stack_id INTEGER NOT NULL,
  PRIMARY KEY (target_id, ledger)
) STRICT, WITHOUT ROWID;
