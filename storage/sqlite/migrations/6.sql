-- SPDX-License-Identifier: Apache-2.0
-- Version 5 to 6: baselines. Tables only; schema.sql explains them.

CREATE TABLE run_key (
  run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  service TEXT NOT NULL,
  workload TEXT NOT NULL,
  host_class TEXT NOT NULL,
  config_hash TEXT NOT NULL
) STRICT;

CREATE TABLE baseline (
  baseline_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  is_pinned INTEGER NOT NULL CHECK (is_pinned IN (0, 1)),
  keep INTEGER NOT NULL,
  changed_at_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE baseline_run (
  baseline_id INTEGER NOT NULL REFERENCES baseline ON DELETE CASCADE,
  position INTEGER NOT NULL,
  summary TEXT NOT NULL,
  PRIMARY KEY (baseline_id, position)
) STRICT;
