-- SPDX-License-Identifier: Apache-2.0
-- What people read of the database (docs/schema.md). Views hold no data: a migration drops all of
-- them and makes these.

-- Runs, readable.
CREATE VIEW v_run AS
SELECT r.run_id, r.name,
       datetime(r.started_at_ns / 1000000000, 'unixepoch') AS started_at_utc,
       r.duration_s,
       CASE r.is_finished WHEN 1 THEN 'finished' ELSE 'open' END AS state,
       r.target_exit,
       (SELECT group_concat(argument, ' ')
          FROM (SELECT argument FROM run_argument a WHERE a.run_id = r.run_id ORDER BY position)
       ) AS command,
       (SELECT count(*) FROM target t WHERE t.run_id = r.run_id) AS targets,
       (SELECT count(*) FROM target t JOIN stack USING (target_id) WHERE t.run_id = r.run_id)
         AS stacks
  FROM run r WHERE r.run_id NOT IN (SELECT run_id FROM run_removal);

-- All that is known of the series, at any resolution: of a bucket the mean, at its middle.
CREATE VIEW v_reading AS
SELECT run_id, series_id, t_s, value, 0 AS resolution_s, value AS min_value, value AS max_value,
       value AS last_value, 1 AS points
  FROM point
 UNION ALL
SELECT run_id, series_id, t_s + 30, mean_value, 60, min_value, max_value, last_value, points
  FROM point_1m
 UNION ALL
SELECT run_id, series_id, t_s + 300, mean_value, 600, min_value, max_value, last_value, points
  FROM point_10m;

-- The same with its names.
CREATE VIEW v_point AS
SELECT p.run_id, r.name AS run, t.pid, s.metric, p.t_s, p.value, s.unit,
       strftime('%Y-%m-%d %H:%M:%f', r.started_at_ns / 1e9 + p.t_s, 'unixepoch') AS at_utc,
       p.resolution_s, p.min_value, p.max_value, p.last_value, p.points
  FROM v_reading p JOIN run r USING (run_id) JOIN series s USING (series_id)
  JOIN target t USING (target_id);

-- One row a series: how far it moved. The first and the last row are sought at their time, which is
-- the middle of a bucket: the key of each table has them at hand.
CREATE VIEW v_series AS
SELECT a.run_id, r.name AS run, t.pid, s.metric, s.unit, a.points, a.first_t_s, a.last_t_s,
       coalesce(
         (SELECT value FROM point p WHERE p.run_id = a.run_id AND p.t_s = a.first_t_s
             AND p.series_id = a.series_id),
         (SELECT mean_value FROM point_1m p WHERE p.run_id = a.run_id AND p.t_s = a.first_t_s - 30
             AND p.series_id = a.series_id),
         (SELECT mean_value FROM point_10m p WHERE p.run_id = a.run_id
             AND p.t_s = a.first_t_s - 300 AND p.series_id = a.series_id)) AS first_value,
       a.min_value, a.max_value,
       coalesce(
         (SELECT value FROM point p WHERE p.run_id = a.run_id AND p.t_s = a.last_t_s
             AND p.series_id = a.series_id),
         (SELECT last_value FROM point_1m p WHERE p.run_id = a.run_id AND p.t_s = a.last_t_s - 30
             AND p.series_id = a.series_id),
         (SELECT last_value FROM point_10m p WHERE p.run_id = a.run_id
             AND p.t_s = a.last_t_s - 300 AND p.series_id = a.series_id)) AS last_value
       -- Each table is grouped by itself and the up to three rows of a series meet in a window: a
       -- WHERE run_id = ... can be applied inside of all of that.
  FROM (SELECT run_id, series_id, sum(points) OVER w AS points, min(first_t_s) OVER w AS first_t_s,
               max(last_t_s) OVER w AS last_t_s, min(min_value) OVER w AS min_value,
               max(max_value) OVER w AS max_value, row_number() OVER w AS part
          FROM (SELECT run_id, series_id, count(*) AS points, min(t_s) AS first_t_s,
                       max(t_s) AS last_t_s, min(value) AS min_value, max(value) AS max_value
                  FROM point GROUP BY run_id, series_id
                 UNION ALL
                SELECT run_id, series_id, sum(points), min(t_s) + 30, max(t_s) + 30,
                       min(min_value), max(max_value)
                  FROM point_1m GROUP BY run_id, series_id
                 UNION ALL
                SELECT run_id, series_id, sum(points), min(t_s) + 300, max(t_s) + 300,
                       min(min_value), max(max_value)
                  FROM point_10m GROUP BY run_id, series_id)
        WINDOW w AS (PARTITION BY run_id, series_id)) a
  JOIN run r USING (run_id) JOIN series s USING (series_id) JOIN target t USING (target_id)
 WHERE a.part = 1;

-- One row a stack: its state at the last heap snapshot. share: of the bytes in use of its kind in
-- its ledger.
CREATE VIEW v_stack AS
SELECT a.run_id, r.name AS run, t.pid, a.stack_id, k.ledger, k.slot,
       CASE k.kind WHEN 0 THEN 'heap' ELSE 'mapping' END AS kind,
       a.live_bytes, sqrt(a.live_variance) AS live_bytes_se,
       -- run_id is in the partition so that a WHERE run_id = ... can be applied inside.
       a.live_bytes
         / nullif(sum(a.live_bytes) OVER (PARTITION BY a.run_id, k.target_id, k.ledger, k.kind), 0)
         AS share,
       a.live_objects, a.alloc_bytes, a.free_bytes, a.alloc_objects, a.free_objects,
       a.last_t_s AS last_change_s
       -- SQLite takes the other columns of a GROUP BY with one max() from the row of that maximum.
  FROM (SELECT run_id, stack_id, max(t_s) AS last_t_s, live_bytes, live_variance, live_objects,
               alloc_bytes, free_bytes, alloc_objects, free_objects
          FROM stack_point GROUP BY run_id, stack_id) a
  JOIN run r USING (run_id) JOIN stack k USING (stack_id) JOIN target t USING (target_id);

-- The frames of every stack, innermost first; function and line once a report has resolved them.
CREATE VIEW v_frame AS
SELECT f.stack_id, f.position, m.path AS module, printf('0x%x', f.address) AS address,
       y.function, y.file, y.line, y.is_inlined
  FROM stack_frame f LEFT JOIN module m USING (module_id)
  LEFT JOIN symbol y ON y.build_id = m.build_id AND y.address = f.address
 ORDER BY f.stack_id, f.position, y.position;

-- Load and latency by source and operation ('': all together), readable.
CREATE VIEW v_load AS
SELECT s.run_id, r.name AS run, s.source, s.operation, w.begin_s, w.end_s,
       strftime('%Y-%m-%d %H:%M:%f', r.started_at_ns / 1e9 + w.begin_s, 'unixepoch') AS at_utc,
       w.requests, w.errors, w.requests / nullif(w.end_s - w.begin_s, 0) AS requests_per_s,
       w.errors / nullif(w.requests, 0) AS error_share, w.concurrency,
       w.p50_s, w.p95_s, w.p99_s, w.resolution_s
  FROM load_series s JOIN load_window w USING (load_series_id) JOIN run r USING (run_id)
 ORDER BY s.run_id, s.source, s.operation, w.begin_s;

-- The figures of every run of every baseline.
CREATE VIEW v_baseline AS
  SELECT baseline.name AS baseline, baseline.is_pinned, baseline_run.position,
         json_extract(summary, '$.run_name') AS run_name,
         strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(summary, '$.started_at_ns') / 1000000000, 'unixepoch')
           AS started_utc,
         json_extract(feature.value, '$.name') AS feature,
         json_extract(feature.value, '$.value') AS value,
         json_extract(feature.value, '$.unit') AS unit,
         json_extract(feature.value, '$.se') AS se
  FROM baseline
  JOIN baseline_run USING (baseline_id)
  JOIN json_each(baseline_run.summary, '$.features') AS feature;
