// SPDX-License-Identifier: Apache-2.0
// A chart over the time of the run: uPlot with the page's colors, axes for bytes and durations,
// zoom by mouse and keyboard.
import uPlot from 'uplot';
import { el } from './dom.js';
import { duration, quantity } from './format.js';
import { color } from './theme.js';

const kTimeSteps = [
  0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800,
];
const kByteSteps = Array.from({ length: 60 }, (_, i) => 2 ** i);

function timeLabel(t_s, step_s) {
  if (step_s >= 86400) return `${Math.round(t_s / 86400)}d`;
  if (t_s === 0) return '0';
  if (step_s >= 3600) return `${Math.round(t_s / 3600)}h`;
  return step_s >= 60 && t_s < 3600 ? `${Math.round(t_s / 60)}m` : duration(t_s);
}

function axes(unit) {
  const line = { stroke: color('grid'), width: 1 };
  const common = { stroke: color('muted'), font: '12px system-ui, sans-serif', grid: line, ticks: line };
  return [
    { ...common, incrs: kTimeSteps, space: 70,
      values: (_, splits, __, ___, step) => splits.map((t_s) => timeLabel(t_s, step)) },
    { ...common, size: 84, ...(unit.startsWith('bytes') ? { incrs: kByteSteps } : {}),
      values: (_, splits) => splits.map((value) => quantity(value, unit)) },
  ];
}

// What uPlot calls a range: all of the data and some air.
function valueRange(from_zero) {
  return (_, low, high) => {
    if (low === null || high === null) return [0, 1];
    const reach = Math.max(high - low, 0.02 * Math.max(Math.abs(high), Math.abs(low)), 1e-9);
    const bottom = from_zero && low >= 0 ? 0 : low >= 0 ? Math.max(0, low - 0.08 * reach) : low - 0.08 * reach;
    return [bottom, high + 0.08 * reach];
  };
}

// `options`: {label, unit, height, series, data, from_zero, draw, clear, is_plain, cursor}. Returns
// the element; `.destroy()` before it goes.
export function chart(place, options) {
  const frame = el('div', {
    class: 'chart',
    tabindex: options.is_plain ? null : '0',
    role: 'group',
    'aria-roledescription': 'chart',
    'aria-label': options.label,
  });
  place.replaceChildren(frame);
  const width = () => Math.max(240, frame.clientWidth);
  const full = [options.data[0][0] ?? 0, options.data[0][options.data[0].length - 1] ?? 1];
  if (full[0] === full[1]) full[1] += 1;
  const plot = new uPlot(
    {
      width: width(),
      height: options.height,
      padding: [12, 26, 0, 0],
      scales: { x: { time: false, range: (_, low, high) => (low === high ? full : [low, high]) },
        y: { range: valueRange(options.from_zero) } },
      axes: axes(options.unit),
      series: [{ label: 'time', value: (_, t_s) => (t_s === null ? '' : options.moment(t_s)) }, ...options.series],
      legend: { show: !options.is_plain, live: true },
      cursor: options.is_plain ? { show: false } : { drag: { x: true, y: false, setScale: true } },
      hooks: { drawClear: options.clear ? [options.clear] : [], draw: options.draw ? [options.draw] : [] },
    },
    options.data,
    frame,
  );
  frame.querySelector('.u-legend')?.setAttribute('aria-label', 'Values at the cursor');
  const zoom = (low, high) => plot.setScale('x', { min: Math.max(full[0], low), max: Math.min(full[1], high) });
  const reset = () => plot.setScale('x', { min: full[0], max: full[1] });
  frame.addEventListener('keydown', (event) => {
    if (options.is_plain || event.ctrlKey || event.metaKey || event.altKey) return;
    const { min, max } = plot.scales.x;
    const span = max - min;
    const act = {
      '+': () => zoom(min + span / 4, max - span / 4),
      '=': () => zoom(min + span / 4, max - span / 4),
      '-': () => zoom(min - span / 2, max + span / 2),
      ArrowLeft: () => min > full[0] && zoom(min - span / 5, max - span / 5),
      ArrowRight: () => max < full[1] && zoom(min + span / 5, max + span / 5),
      0: reset,
      Escape: reset,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const watch = new ResizeObserver(() => {
    if (Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height: options.height });
  });
  watch.observe(frame);
  return {
    reset,
    plot,
    destroy() {
      watch.disconnect();
      plot.destroy();
    },
  };
}

// Holes in what was measured are holes in the line: far more than the usual distance of points, and
// wide enough to be seen.
export function withHoles(times, values) {
  if (times.length < 3) return [times, values];
  const steps = Float64Array.from(times.subarray(1), (t_s, i) => t_s - times[i]).sort();
  const hole_s = Math.max(8 * steps[steps.length >> 1], 3 * steps[Math.floor(0.95 * (steps.length - 1))],
    (times[times.length - 1] - times[0]) / 200);
  const t = [];
  const v = [];
  for (let i = 0; i < times.length; ++i) {
    if (i > 0 && times[i] - times[i - 1] > hole_s) {
      t.push((times[i] + times[i - 1]) / 2);
      v.push(null);
    }
    t.push(times[i]);
    v.push(values[i]);
  }
  return [t, v];
}
