// SPDX-License-Identifier: Apache-2.0
// Flame graphs, the outermost frame at the top: what stacks gained, what they hold, and both beside
// the baseline.
import flamegraph from 'd3-flame-graph';
import { select as d3select } from 'd3-selection';
import { button, choice, el, section, select } from './dom.js';
import { bytes, duration, percent } from './format.js';
import { makeTree } from './stacks.js';
import { color, onThemeChange } from './theme.js';

const mix = (a, b, share) => a.map((value, i) => Math.round(value + (b[i] - value) * share));
const rgb = (value) => `rgb(${value.join(',')})`;
const channels = (name) => color(name).split(' ').map(Number);

// Shades of what is neither more nor less, so that neighbors can be told apart.
function shade(name) {
  let hash = 7;
  for (let i = 0; i < name.length; ++i) hash = (hash * 31 + name.charCodeAt(i)) & 0xffff;
  return (hash % 64) / 64;
}

// Of what a tree is made: {title, unit, explain, colorOf, samples}.
function growthView(model, pathOf, inProcess) {
  const hours = new Map(model.stacks.judged.map((one) => [one.target, (one.end_s - one.begin_s) / 3600]));
  const per_hour = (one) => one.gained / (hours.get(one.target) || 1);
  const rest = model.stacks.rest.filter((one) => inProcess(one) && one.gained > 0);
  return {
    label: (node, total) => `+${bytes(node.value)}/h, ${percent(node.value / total)} of what grew`,
    note: 'Width: what is in use there grew by so much an hour while the run was judged. '
      + 'Red: stacks that are proved to grow; the others may be noise. What shrank is not shown.',
    tint: (node) => Math.min(1, node.proved / node.value),
    samples: [
      ...model.stacks.list.filter((one) => inProcess(one) && one.gained > 0).map((one) => ({
        path: pathOf(one), value: per_hour(one), delta: 0, proved: one.rank > 0 ? per_hour(one) : 0 })),
      ...rest.map((one) => ({ path: pathOf(one), value: per_hour(one), delta: 0, proved: 0 })),
    ],
  };
}

function liveView(model, pathOf, inProcess) {
  const has_growth = model.stacks.judged.length > 0;
  return {
    label: (node, total) => `${bytes(node.value)} in use, ${percent(node.value / total)} of all`
      + (has_growth ? `; ${node.delta >= 0 ? '+' : ''}${bytes(node.delta)} since warm-up` : ''),
    note: 'Width: bytes in use at the end of the run. '
      + (has_growth ? 'Red: became more since warm-up; blue: less.' : ''),
    tint: (node) => node.delta / Math.max(node.value, Math.abs(node.delta), 1),
    samples: [...model.stacks.list, ...model.stacks.rest].filter((one) => inProcess(one) && one.live > 0)
      .map((one) => ({ path: pathOf(one), value: one.live, delta: one.gained ?? 0, proved: 0 })),
  };
}

const kMeasures = [['live_bytes', 'in use'], ['growth_per_hour', 'growth an hour'], ['alloc_bytes', 'allocated']];

function baselineView(changes, pathOf, { measure, side }) {
  const per = changes.some((one) => one.per === 'request') ? ' a request' : '/h';
  const unit = { live_bytes: '', growth_per_hour: '/h', alloc_bytes: per }[measure];
  const of_run = (one) => Math.max(0, one[measure] ?? 0);
  const of_base = (one) => Math.max(0, one[`base_${measure}`] ?? 0);
  const width = side === 'run' ? of_run : of_base;
  return {
    label: (node) => `${bytes(node.value)}${unit} in ${side === 'run' ? 'this run' : 'the baseline'}; `
      + `${node.delta >= 0 ? '+' : ''}${bytes(node.delta)}${unit} against the baseline`,
    note: side === 'run'
      ? 'Width: this run. Red: more than in the baseline; blue: less. What is gone has no width here: see the widths of the baseline.'
      : 'Width: the baseline. Red: more in this run; blue: less or gone. What is new has no width here.',
    tint: (node) => node.delta / Math.max(node.value, Math.abs(node.delta), 1e-9),
    samples: changes.filter((one) => width(one) > 0).map((one) => ({
      path: pathOf(side === 'base' && one.base_frames.length ? { ...one, frames: one.base_frames } : one),
      value: width(one), delta: of_run(one) - of_base(one), proved: 0 })),
  };
}

export function flameView(model, frames) {
  const has_stacks = model.stacks.list.length > 0;
  const changes = (model.report.comparison?.stacks ?? []).map((one) => ({
    ...one, frames: frames.add(one.frames), base_frames: frames.add(one.base_frames) }));
  const has_changes = changes.length > 0;
  if (!has_stacks && !has_changes) return null;
  const has_growth = model.stacks.list.some((one) => one.gained > 0);
  const targets = [...new Set(model.stacks.list.map((one) => one.target))];
  const has_kinds = new Set(model.stacks.list.map((one) => one.kind)).size > 1;
  const state = { view: has_growth ? 'growth' : has_stacks ? 'live' : 'base', target: null, measure: 'live_bytes', side: 'run' };
  let graph = null;
  let view = null;
  let root = null;
  let marked = null; // what is searched for

  const place = el('div', { class: 'flame', tabindex: '0', role: 'group', 'aria-roledescription': 'flame graph',
    'aria-label': 'Flame graph; arrow keys go from frame to frame, Enter zooms, Escape shows all' });
  const details = el('p', { class: 'flame-details', 'aria-live': 'polite' });
  const note = el('p', { class: 'note' });
  const base_tools = el('span', { class: 'row', hidden: true });

  const pathOf = (one) => {
    const path = [];
    if (one.target !== undefined && state.target === null && targets.length > 1) {
      path.push({ key: `process ${one.target}`, name: model.nameOf(one.target), place: '' });
    }
    if (one.frames === undefined) {
      path.push({ key: 'rest', name: `${one.stacks} more stacks`, place: 'each too small to be drawn' });
      return path;
    }
    if (has_kinds && one.kind === 'mapping') path.push({ key: 'mapping', name: 'mapped memory', place: '' });
    if (one.frames.length === 0) path.push({ key: 'none', name: '(no frames)', place: 'the stack table was full' });
    for (let i = one.frames.length; i-- > 0;) path.push(frames.group[one.frames[i]]);
    return path;
  };

  const fill = (d) => {
    if (d.highlight) return color('mark');
    const base = mix(channels('flame-a'), channels('flame-b'), shade(d.data.name));
    const tint = d.data.value > 0 ? view.tint(d.data) : 0;
    return rgb(mix(base, channels(tint > 0 ? 'more' : 'less'), Math.min(1, Math.abs(tint)) ** 0.6));
  };
  const labelOf = (d) => {
    const { name, place: where } = d.data;
    return `${name}${where ? ` \u2014 ${where}` : ''}: ${view.label(d.data, root.value)}`;
  };
  const tell = (d) => details.replaceChildren(d ? labelOf(d) : '\u00a0');

  const draw = () => {
    const inProcess = (one) => state.target === null || one.target === state.target;
    view = state.view === 'growth' ? growthView(model, pathOf, inProcess)
      : state.view === 'live' ? liveView(model, pathOf, inProcess)
        : baselineView(changes, pathOf, state);
    base_tools.hidden = state.view !== 'base';
    note.replaceChildren(view.note);
    root = makeTree('all', view.samples, frames);
    place.replaceChildren();
    tell(null);
    if (!(root.value > 0)) {
      place.append(el('p', { class: 'note' }, 'Nothing to show.'));
      graph = null;
      return;
    }
    graph = flamegraph()
      .width(Math.max(300, place.clientWidth))
      .cellHeight(20)
      .inverted(true)
      .minFrameSize(2)
      .transitionDuration(0)
      .resetHeightOnZoom(true)
      .sort((a, b) => b.data.value - a.data.value)
      .setColorMapper(fill)
      .setLabelHandler(labelOf)
      .setSearchMatch((d, term) => term !== null && term(d.data))
      .setSearchHandler(() => {})
      .setDetailsHandler(() => {})
      .onHover(tell)
      .onClick((d) => {
        current = d;
        tell(d);
        settle();
      });
    current = null;
    d3select(place).datum(root).call(graph);
    place.querySelector('svg').setAttribute('aria-hidden', 'true');
    settle();
    if (marked) graph.search(marked);
  };

  // New frames would grow to their width: they have it at once.
  const settle = () => {
    for (const frame of place.querySelectorAll('g.frame')) {
      frame.firstChild.setAttribute('width', frame.getAttribute('width'));
    }
  };

  // The frame that the keyboard is at.
  let current = null;
  const top = () => d3select(place).datum();
  const step = (key) => {
    const siblings = current?.parent?.children ?? [];
    const at = siblings.indexOf(current);
    const wide = (d) => d && d.value > 0;
    return {
      ArrowDown: () => current?.children?.find(wide),
      ArrowUp: () => current?.parent,
      ArrowRight: () => siblings.slice(at + 1).find(wide),
      ArrowLeft: () => siblings.slice(0, Math.max(0, at)).findLast(wide),
    }[key];
  };
  const showCurrent = () => {
    d3select(place).selectAll('g.frame').classed('current', (d) => d === current);
    tell(current);
  };
  place.addEventListener('keydown', (event) => {
    if (!graph) return;
    const move = step(event.key);
    if (move) current = current === null ? top() : move() ?? current;
    else if (event.key === 'Enter' && current) graph.zoomTo(current);
    else if (event.key === 'Escape') {
      graph.resetZoom();
      current = null;
    } else return;
    event.preventDefault();
    showCurrent();
  });

  const searched = (term) => {
    marked = term;
    if (!graph) return;
    if (term) graph.search(term);
    else graph.clear();
  };
  const zoomToStack = (one) => {
    const keys = pathOf(one).map((part) => part.key ?? part);
    let node = top();
    for (const key of keys) node = node?.children?.find((child) => child.data.key === key);
    if (node) {
      graph.zoomTo(node);
      current = node;
      showCurrent();
    }
  };

  const views = [
    ...(has_growth ? [['growth', 'What grew']] : []),
    ...(has_stacks ? [['live', 'In use at the end']] : []),
    ...(has_changes ? [['base', 'Against the baseline']] : []),
  ];
  const views_choice = choice('What the flame graph shows', views, state.view, (value) => {
    state.view = value;
    draw();
  });
  base_tools.append(
    select('Measure', kMeasures, (value) => {
      state.measure = value;
      draw();
    }),
    choice('Widths of', [['run', 'this run'], ['base', 'the baseline']], state.side, (value) => {
      state.side = value;
      draw();
    }),
  );
  const tools = el('div', { class: 'row' }, views_choice,
    targets.length > 1
      ? select('Process', [['', 'all processes'], ...targets.map((id) => [id, model.nameOf(id)])], (value) => {
        state.target = value === '' ? null : Number(value);
        draw();
      })
      : null,
    base_tools, el('span', { class: 'grow' }), button('Show all', () => graph?.resetZoom()));
  const judged = model.stacks.judged.find((one) => one.target === model.subject) ?? model.stacks.judged[0];
  const whole = section('flame', 'Where it comes from', tools, note, details, place,
    judged ? el('p', { class: 'note' }, `Judged: ${duration(judged.begin_s)} to ${duration(judged.end_s)} of the run. `
      + `${model.stacks.list.length.toLocaleString('en-US')} stacks, which make 99 % of what is in use and of what changed; figures are estimates from samples.`) : null);
  let width = 0;
  new ResizeObserver(() => {
    if (graph && width !== 0 && place.clientWidth !== width) draw();
    width = place.clientWidth;
  }).observe(place);
  onThemeChange(draw);
  return {
    view: whole,
    draw,
    search: searched,
    // Growth where the stack grew, else what is in use.
    showStack(one) {
      views_choice.choose(one.gained > 0 && has_growth ? 'growth' : 'live');
      zoomToStack(one);
    },
  };
}
