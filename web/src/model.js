// SPDX-License-Identifier: Apache-2.0
// The data in the form that the views want: series with their verdicts, processes by id.
import { unpackTimes, unpackValues } from './data.js';

export const kVerdicts = {
  0: { word: 'Pass', mood: 'good' },
  10: { word: 'Growth', mood: 'bad' },
  11: { word: 'Regression', mood: 'bad' },
  12: { word: 'Inconclusive', mood: 'unsure' },
  13: { word: 'Limit broken', mood: 'bad' },
};

// How a class of a series looks: words and a mood of style.css.
export function moodOf(verdict) {
  if (!verdict) return 'none';
  if (verdict.is_finding) return 'bad';
  const is_rise = ['growth', 'staircase', 'ratchet', 'step', 'drift'].includes(verdict.class);
  if (is_rise && !verdict.informational) return 'unsure';
  return verdict.class === 'insufficient data' ? 'none' : 'good';
}

function order(series) {
  if (!series.verdict) return 4;
  if (series.verdict.is_finding) return 0;
  if (series.verdict.class === 'insufficient data') return 3;
  return series.verdict.informational ? 2 : 1;
}

export class Model {
  constructor(data) {
    Object.assign(this, data);
    this.names = new Map(data.processes.map(({ id, name }) => [id, name]));
    this.subject = this.subjectId();
    // One look is no course.
    this.series = data.series.filter(({ t }) => t.length > 1).map((series, index) => ({
      ...series,
      index,
      title: series.title.replace(/^the /, ''),
      verdict: series.verdict && data.report[series.verdict.list][series.verdict.index],
      process: series.target === null ? null : this.nameOf(series.target),
      times: unpackTimes(series.t),
      numbers: unpackValues(series.values),
    }));
    // Findings first, those of the process that the verdict speaks of before those of others.
    const of_others = (one) => (one.target === this.subject || one.target === null ? 0 : 1);
    this.series.sort((a, b) => order(a) - order(b) || of_others(a) - of_others(b) || a.index - b.index);
  }

  subjectId() {
    const pid = this.report.attribution?.target_pid;
    const target = this.report.targets.findLast?.((one) => one.pid === pid);
    return target ? target.id : null;
  }

  nameOf(target) {
    return this.names.get(target) ?? 'unknown process';
  }

  // The series that the verdict is about: what grew, else resident memory.
  mainSeries() {
    return this.series.find((one) => one.verdict?.is_finding && one.metric === 'rss_swap')
      ?? this.series.find((one) => one.verdict?.is_finding)
      ?? this.series.find((one) => one.target === this.subject && one.metric === 'rss_swap')
      ?? this.series[0] ?? null;
  }

  // A moment of the run: since its start, and on the clock.
  moment(t_s, format) {
    const started_ms = Date.parse(this.report.run.started_at);
    if (Number.isNaN(started_ms)) return format(t_s);
    const clock = new Date(started_ms + 1000 * t_s).toISOString().replace('T', ' ').slice(0, 19);
    return `${format(t_s)} (${clock} UTC)`;
  }
}
