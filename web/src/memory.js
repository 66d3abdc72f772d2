// SPDX-License-Identifier: Apache-2.0
// What the resident memory consists of, stacked over time, and what of it grows.
import { chart } from './chart.js';
import { el, section, select } from './dom.js';
import { bytes, duration, percent, slope } from './format.js';
import { unpackTimes, unpackValues } from './data.js';
import { color, onThemeChange } from './theme.js';

// The largest parts at the bottom; a color each, of its own by name.
const kOrder = ['heap_live', 'heap', 'allocator_slack', 'mapped', 'anon_other', 'thread_stacks', 'shmem',
  'file_dirty', 'file', 'file_clean', 'swap', 'seep', 'remainder'];
const colorOf = (name) => color(`part-${name.replaceAll('_', '-')}`) || color('muted');

export function memoryView(model) {
  if (model.memory.length === 0) return null;
  const hidden = new Set();
  let memory = null;
  let shown = null;
  const place = el('div');
  const body = el('tbody');

  const draw = () => {
    shown?.destroy();
    const parts = memory.parts.filter((part) => !hidden.has(part.name));
    const sums = [];
    let below = new Float64Array(memory.times.length);
    for (const part of parts) {
      below = below.map((sum, i) => sum + Math.max(0, part.numbers[i]));
      sums.push(below);
    }
    // Drawn from the highest sum to the lowest, each over the one before.
    const layers = parts
      .map((part, i) => ({
        label: part.title,
        stroke: color('surface'),
        width: 0.75,
        fill: colorOf(part.name),
        points: { show: false },
        value: (_, __, ___, at) => (at === null ? '-' : bytes(part.numbers[at])),
        sum: sums[i],
      }))
      .reverse();
    const total = hidden.size === 0
      ? [{ label: 'together', stroke: color('text'), width: 1.5, points: { show: false },
        value: (_, value) => (value === null ? '-' : bytes(value)) }]
      : [];
    shown = chart(place, {
      label: `Resident memory of ${model.nameOf(memory.target)} by part, over time`,
      unit: 'bytes',
      height: 300,
      from_zero: true,
      moment: (t_s) => model.moment(t_s, duration),
      data: [memory.times, ...layers.map((layer) => layer.sum), ...(total.length ? [memory.sum] : [])],
      series: [...layers.map(({ sum, ...layer }) => layer), ...total],
    });
  };
  const list = () => {
    const slopes = memory.target === model.subject
      ? new Map(model.report.attribution.parts.map((part) => [part.name, part])) : new Map();
    const rss = model.report.series.find((one) => one.metric === 'rss_swap' && one.is_finding);
    body.replaceChildren(
      ...[...memory.parts].reverse().map((part) => {
        const grown = slopes.get(part.name);
        const box = el('input', { type: 'checkbox', 'aria-label': `show ${part.title}`, onchange: () => {
          if (box.checked) hidden.delete(part.name);
          else hidden.add(part.name);
          draw();
        } });
        box.checked = !hidden.has(part.name);
        const share = grown && rss ? Math.max(0, Math.min(1, grown.share)) : 0;
        return el('tr', null,
          el('td', null, box),
          el('th', { scope: 'row' }, el('span', { class: 'swatch', style: { background: colorOf(part.name) } }), part.title),
          el('td', { class: 'number' }, bytes(part.numbers.at(-1))),
          el('td', { class: 'number' }, grown ? slope(Math.round(grown.slope), 'bytes') : ''),
          el('td', { class: 'share' }, grown && rss
            ? [el('span', { class: 'meter' }, el('span', { style: { width: `${100 * share}%` } })), percent(grown.share)] : ''));
      }),
    );
  };
  const choose = (index) => {
    const one = model.memory[index];
    const place_of = (part) => (kOrder.indexOf(part.name) + kOrder.length + 1) % (kOrder.length + 1);
    memory = {
      target: one.target,
      times: unpackTimes(one.t),
      sum: unpackValues(one.total),
      parts: one.parts.map((part) => ({ ...part, numbers: unpackValues(part.values) }))
        .filter((part) => part.numbers.some((value) => Math.abs(value) >= 1))
        .sort((a, b) => place_of(a) - place_of(b)),
    };
    list();
    draw();
  };
  const view = section(
    'memory',
    'What the resident memory consists of',
    model.memory.length > 1
      ? select('Process', model.memory.map((one, i) => [i, model.nameOf(one.target)]), (value) => choose(Number(value)))
      : el('p', { class: 'note' }, model.nameOf(model.memory[0].target)),
    el('div', { class: 'beside' }, place,
      el('div', { class: 'scroll' },
        el('table', null,
          el('caption', { class: 'unseen' }, 'Parts of the resident memory'),
          el('thead', null, el('tr', null, el('th', { scope: 'col' }, el('span', { class: 'unseen' }, 'shown')),
            ['part', 'at the end', 'slope', 'of the growth'].map((text, i) => el('th', { scope: 'col', class: i === 1 || i === 2 ? 'number' : null }, text)))),
          body))),
  );
  onThemeChange(() => {
    list();
    draw();
  });
  return { view, draw: () => choose(0) };
}
