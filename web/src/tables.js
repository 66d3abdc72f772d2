// SPDX-License-Identifier: Apache-2.0
// The tables: stacks that grow, functions, what a policy and a comparison say, what was measured.
import { button, el, section, table } from './dom.js';
import { bytes, count, duration, percent, quantity, slope } from './format.js';
import { byFunction, nameOf, placeOf } from './stacks.js';

export function frameList(list) {
  if (list.length === 0) return el('p', { class: 'note' }, 'No frames: the stack table was full.');
  const kShown = 16;
  const lines = (frames, start) => el('ol', { class: 'frames', start }, frames.map((frame) =>
    el('li', null, el('code', null, nameOf(frame)), ' ', el('span', { class: 'muted' }, placeOf(frame)))));
  if (list.length <= kShown + 2) return lines(list, 1);
  return [lines(list.slice(0, kShown), 1),
    el('details', { class: 'more' }, el('summary', null, `${list.length - kShown} more frames`), lines(list.slice(kShown), kShown + 1))];
}

const meter = (share) => el('span', { class: 'meter', 'aria-hidden': 'true' },
  el('span', { style: { width: `${100 * Math.max(0, Math.min(1, share))}%` } }));

function pidName(model, pid) {
  const target = model.report.targets.find((one) => one.pid === pid);
  return target ? model.nameOf(target.id) : '';
}

// As OwnFrame of analysis/report/where_from.h: of the program, not of a library below or within it.
function isOwn(frame) {
  if (/^(lib(c|m|pthread|stdc\+\+|gcc_s)|ld-)[-.]/.test(frame.module) || frame.file.startsWith('/usr/include/')) return false;
  const name = frame.function.split(/[(<]/)[0];
  return !name.startsWith('operator ') && !/^(std|__gnu_cxx)::/.test(name.slice(name.lastIndexOf(' ') + 1));
}

// The name of the frame that a reader looks for first.
export function leaf(frames) {
  const frame = frames.find(isOwn) ?? frames[0];
  return frame ? nameOf(frame) : '(no frames)';
}

function stackCard(model, stack, is_open, facts, show) {
  return el('details', { class: 'stack', open: is_open, id: `stack-${stack.rank}-${stack.fingerprint}` },
    el('summary', null,
      el('span', { class: 'rank' }, `#${stack.rank}`),
      el('code', { class: 'leaf' }, leaf(stack.frames)),
      el('span', { class: 'grow' }),
      facts),
    el('div', { class: 'stack-body' },
      el('p', { class: 'facts' },
        el('span', { class: 'fact' }, pidName(model, stack.target_pid)),
        stack.kind === 'mapping' ? el('span', { class: 'fact' }, 'mapped memory') : null,
        el('span', { class: 'fact' }, `in use ${bytes(stack.live_bytes)} \u00b1 ${bytes(stack.live_bytes_se)}`),
        el('span', { class: 'fact' }, `half of it older than ${duration(stack.age_p50_s)}`),
        el('span', { class: 'fact' }, 'fingerprint ', el('code', null, stack.fingerprint)),
        show ? button('In the flame graph', show, { class: 'button small' }) : null),
      stack.explanation ? el('p', { class: 'note' }, stack.explanation) : null,
      frameList(stack.frames)));
}

export function stacksView(model, flame) {
  const { stacks, heap_growth_explained: explained } = model.report;
  if (stacks.length === 0) return null;
  return section('stacks', 'Stacks that grow',
    el('p', { class: 'note' }, 'Surest first; innermost frame first.'
      + (explained > 0 ? ` All growing stacks together make ${percent(explained)} of what the heap gained after warm-up.` : '')),
    stacks.map((stack, i) => {
      const drawn = model.stacks.list.find((one) => one.rank === stack.rank);
      return stackCard(model, stack, i === 0, [
        el('span', { class: 'figure bad' }, slope(stack.growth_bytes_per_hour, 'bytes')),
        el('span', { class: 'muted' }, `at least ${bytes(stack.ci_low)}/h`),
        meter(stack.share), el('span', { class: 'share-figure' }, percent(stack.share)),
      ], drawn && flame ? () => flame.showStack(drawn) : null);
    }));
}

export function heapsView(model) {
  const { heaps } = model.report;
  if (heaps.length === 0) return null;
  return section('heaps', 'What is in use',
    heaps.map((heap) => [
      el('h3', null, pidName(model, heap.target_pid)),
      el('p', { class: 'note' }, `${bytes(heap.live_bytes)} \u00b1 ${bytes(heap.live_bytes_se)} of ${count(heap.stack_count, 'stack', 'stacks')}; `
        + `allocated in all ${bytes(heap.alloc_bytes)}. Growth could not be judged.`),
      heap.stacks.slice(0, 20).map((stack, i) => stackCard(model, stack, i === 0, [
        el('span', { class: 'figure' }, bytes(stack.live_bytes)),
        el('span', { class: 'muted' }, `ages: ${stack.ages}`),
        meter(stack.share), el('span', { class: 'share-figure' }, percent(stack.share)),
      ], null)),
    ]));
}

export function functionsView(model, frames, flame) {
  const has_growth = model.stacks.list.some((one) => one.gained !== null);
  const all = byFunction(model.stacks.list, frames)
    .sort((a, b) => (has_growth ? b.gained - a.gained : 0) || b.live - a.live);
  if (all.length === 0) return null;
  const kShown = 25;
  const headers = [['function'], ['in use below it', 'number'], ...(has_growth ? [['since warm-up', 'number']] : []), ['stacks', 'number']];
  const rows = all.slice(0, kShown).map((one) => [
    el('span', null, button(frames.name(one.frame), () => flame?.search((node) => node.key === one.frame), { class: 'button link code' }),
      ' ', el('span', { class: 'muted' }, frames.place(one.frame))),
    bytes(one.live), ...(has_growth ? [`${one.gained >= 0 ? '+' : ''}${bytes(one.gained)}`] : []), one.stacks.toLocaleString('en-US'),
  ]);
  return section('functions', 'Functions',
    el('p', { class: 'note' }, `Everything that was allocated in calls below them; the first ${Math.min(kShown, all.length)} of ${all.length.toLocaleString('en-US')}. The search finds the others.`),
    table('Functions and what is in use below them', headers, rows));
}

export function forecastsView(model) {
  const { forecasts } = model.report;
  if (forecasts.length === 0) return null;
  const hours = (value) => (value === null ? 'never' : duration(3600 * value));
  return section('forecast', 'When a limit is reached',
    table('Forecasts', [['what'], ['limit', 'number'], ['of'], ['in', 'number'], ['most likely between', 'number']],
      forecasts.map((one) => [one.metric, quantity(one.limit, one.unit), one.limit_source, hours(one.hours),
        `${hours(one.low)} and ${hours(one.high)}${one.beyond_horizon ? ' (an order of magnitude only)' : ''}`])));
}

export function loadView(model) {
  const operations = model.report.load?.operations ?? [];
  if (operations.length === 0) return null;
  const seconds = (value) => quantity(value, 's');
  return section('load', 'Load',
    table('Operations', [['source'], ['operation'], ['requests', 'number'], ['failed', 'number'], ['a second', 'number'], ['p50', 'number'], ['p95', 'number'], ['p99', 'number']],
      operations.map((one) => {
        const latency = one.latency_corrected ?? one.latency ?? {};
        return [one.source, one.operation || 'all together', Math.round(one.requests).toLocaleString('en-US'),
          `${(100 * one.errors / Math.max(1, one.requests)).toPrecision(3)} %`, quantity(one.requests_per_s, ''),
          seconds(latency.p50_s), seconds(latency.p95_s), seconds(latency.p99_s)];
      })));
}

export function restartsView(model) {
  const { lineages } = model.report;
  if (lineages.length === 0) return null;
  return section('restarts', 'Over restarts',
    table('Lives', [['process'], ['verdict'], ['lives', 'number'], ['length', 'number'], ['what grows within a life, or from one start to the next']],
      lineages.map((one) => [pidName(model, one.target_pid), one.class, String(one.lives), duration(one.life_s),
        [...one.within.filter((w) => w.class === 'growth').map((w) => `${w.metric} ${slope(w.slope_per_hour, w.unit)} in ${w.rising} of ${w.lives} lives`),
          ...one.starts.map((s) => `${s.metric} at the start, +${quantity(s.rise, s.unit)} over ${s.starts} starts`)].join('; ')])));
}

export function coverageView(model) {
  const { coverage, warnings, events } = model.report;
  const list = (title, lines) => (lines.length ? [el('h3', null, title), el('ul', null, lines.map((line) => el('li', null, line)))] : null);
  return section('coverage', 'What this rests on',
    list('Warnings', warnings),
    list('Not seen', coverage.unseen),
    coverage.targets.length
      ? table('Coverage', [['process'], ['ticks', 'number'], ['heap snapshots', 'number'], ['probe']],
        coverage.targets.map((one) => [pidName(model, one.pid), `${one.ticks.toLocaleString('en-US')} of ${one.expected_ticks.toLocaleString('en-US')}`, one.snapshots.toLocaleString('en-US'), one.probe]))
      : el('p', null, 'No process was observed.'),
    events.length ? el('details', null, el('summary', null, count(events.length, 'event', 'events')),
      table('Events', [['at', 'number'], ['kind'], ['what']], events.map((one) => [duration(one.t_s), one.kind, one.message]))) : null);
}
