// SPDX-License-Identifier: Apache-2.0
// The series: a table with a small picture of each, and a chart of the chosen one with its verdict,
// the fitted line and the warm-up.
import { chart, withHoles } from './chart.js';
import { button, checkbox, el, section, select, svg } from './dom.js';
import { duration, quantity, slope } from './format.js';
import { moodOf } from './model.js';
import { color, onThemeChange } from './theme.js';

const kLineOf = { bad: 'bad', unsure: 'unsure', good: 'accent', none: 'accent' };

// What is behind the line: the warm-up, which is not judged.
function drawWarmup(series) {
  return (u) => {
    const end_s = series.verdict?.warmup_end_s ?? 0;
    const { left, top, width, height } = u.bbox;
    const right = Math.min(left + width, u.valToPos(end_s, 'x', true));
    if (!(right > left)) return;
    u.ctx.save();
    u.ctx.fillStyle = color('warmup');
    u.ctx.fillRect(left, top, right - left, height);
    u.ctx.restore();
  };
}

// What is before it: the fitted line, and between which the data allow it to be.
function drawFit(series) {
  return (u) => {
    if (!series.fit) return;
    const { left, top, width, height } = u.bbox;
    const { t, v, low, high } = series.fit;
    const at = (t_s, value) => [u.valToPos(t_s, 'x', true), u.valToPos(value, 'y', true)];
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top, width, height);
    u.ctx.clip();
    if (low) {
      u.ctx.beginPath();
      u.ctx.moveTo(...at(t[0], low[0]));
      u.ctx.lineTo(...at(t[1], low[1]));
      u.ctx.lineTo(...at(t[1], high[1]));
      u.ctx.lineTo(...at(t[0], high[0]));
      u.ctx.fillStyle = color('band');
      u.ctx.fill();
    }
    u.ctx.beginPath();
    u.ctx.moveTo(...at(t[0], v[0]));
    u.ctx.lineTo(...at(t[1], v[1]));
    u.ctx.strokeStyle = color('text');
    u.ctx.lineWidth = 2 * devicePixelRatio;
    u.ctx.setLineDash([7 * devicePixelRatio, 5 * devicePixelRatio]);
    u.ctx.stroke();
    u.ctx.restore();
  };
}

export function seriesChart(place, model, series, { height, is_plain, from_zero }) {
  const [times, values] = withHoles(series.times, series.numbers);
  const line = color(kLineOf[moodOf(series.verdict)]);
  return chart(place, {
    label: `${nameOf(series)}: ${series.verdict ? series.verdict.class : 'not judged'}`,
    unit: series.unit,
    height,
    is_plain,
    from_zero,
    moment: (t_s) => model.moment(t_s, duration),
    data: [times, values],
    series: [
      {
        label: series.metric,
        stroke: line,
        width: 1.75,
        fill: `${line}1c`,
        points: { show: times.length < 40, size: 5 },
        value: (_, value) => (value === null ? '-' : quantity(value, series.unit)),
      },
    ],
    clear: drawWarmup(series),
    draw: drawFit(series),
  });
}

export function nameOf(series) {
  return series.process ? `${series.title}, ${series.process}` : series.title;
}

// Lowest and highest of each pixel column or so: no spike is lost.
function sparkline(series) {
  const kWidth = 132;
  const kHeight = 26;
  const kColumns = 66;
  const { times, numbers } = series;
  const begin = times[0];
  const span = times[times.length - 1] - begin || 1;
  let low = Infinity;
  let high = -Infinity;
  const columns = Array.from({ length: kColumns }, () => [Infinity, -Infinity]);
  for (let i = 0; i < times.length; ++i) {
    const column = columns[Math.min(kColumns - 1, Math.floor(((times[i] - begin) / span) * kColumns))];
    column[0] = Math.min(column[0], numbers[i]);
    column[1] = Math.max(column[1], numbers[i]);
    low = Math.min(low, numbers[i]);
    high = Math.max(high, numbers[i]);
  }
  const reach = Math.max(high - low, 0.02 * Math.abs(high), 1e-12);
  const middle = (high + low) / 2;
  const y = (value) => (kHeight / 2 - ((value - middle) / reach) * (kHeight - 4)).toFixed(1);
  let path = '';
  columns.forEach(([least, most], i) => {
    if (most < least) return;
    const x = ((i + 0.5) * kWidth) / kColumns;
    path += `${path ? 'L' : 'M'}${x.toFixed(1)} ${y(least)}L${x.toFixed(1)} ${y(most)}`;
  });
  return svg('svg', { class: `spark ${moodOf(series.verdict)}`, viewBox: `0 0 ${kWidth} ${kHeight}`,
    width: kWidth, height: kHeight, 'aria-hidden': 'true' }, svg('path', { d: path }));
}

// Least squares leave 1e-15 where there is nothing.
function noTrace(value, { ci_low, ci_high }) {
  return Math.abs(value) <= 1e-6 * (ci_high - ci_low) ? 0 : value;
}

function row(series, choose) {
  const { verdict } = series;
  const is_known = verdict && verdict.class !== 'insufficient data';
  const name = button(series.title, () => choose(series), { class: 'button link', 'data-series': series.index });
  const line = el(
    'tr',
    { onclick: (event) => event.target.closest('button') === null && choose(series) },
    el('th', { scope: 'row' }, name, series.title === series.metric ? null : el('code', null, series.metric)),
    el('td', null, sparkline(series)),
    el('td', null, verdict ? el('span', { class: `pill ${moodOf(verdict)}` }, verdict.class) : el('span', { class: 'muted' }, 'not judged')),
    el('td', { class: 'number' }, verdict ? quantity(verdict.level, series.unit) : quantity(series.numbers.at(-1), series.unit)),
    el('td', { class: 'number' }, is_known ? slope(noTrace(verdict.slope_per_hour, verdict), series.unit) : '-'),
    el('td', { class: 'number muted' }, is_known ? `${slope(noTrace(verdict.ci_low, verdict), series.unit)} to ${slope(noTrace(verdict.ci_high, verdict), series.unit)}` : ''),
  );
  return line;
}

export function seriesView(model) {
  if (model.series.length === 0) return null;
  const kHeight = 320;
  let chosen = model.mainSeries();
  let from_zero = false;
  let has_all = false;
  let process = '';
  let shown = null;
  const title = el('h3', { id: 'chosen-series', 'aria-live': 'polite' });
  const note = el('p', { class: 'note' });
  const place = el('div');
  const rows = new Map();

  const draw = () => {
    shown?.destroy();
    title.replaceChildren(nameOf(chosen));
    const { verdict } = chosen;
    note.replaceChildren(
      verdict ? el('span', { class: `pill ${moodOf(verdict)}` }, verdict.class) : '',
      ' ',
      verdict?.explanation ?? 'stored, not judged',
    );
    shown = seriesChart(place, model, chosen, { height: kHeight, from_zero });
  };
  const choose = (series) => {
    chosen = series;
    for (const [one, line] of rows) line.classList.toggle('chosen', one === series);
    draw();
  };
  const isListed = (series) =>
    (process === '' || String(series.target) === process) &&
    (has_all || series === chosen || (series.verdict !== null && !(series.verdict.informational && moodOf(series.verdict) === 'good')));
  const list = () => {
    const listed = model.series.filter(isListed);
    let heading;
    body.replaceChildren(
      ...listed.flatMap((series) => {
        const line = rows.get(series) ?? row(series, choose);
        rows.set(series, line);
        line.classList.toggle('chosen', series === chosen);
        const group = series.process ?? 'all together';
        const is_new = model.processes.length > 1 && group !== heading;
        heading = group;
        return is_new ? [el('tr', { class: 'group' }, el('th', { colspan: '6', scope: 'rowgroup' }, group)), line] : [line];
      }),
    );
    more.firstChild.checked = has_all;
  };
  const body = el('tbody');
  const more = checkbox(`all ${model.series.length} series`, has_all, (value) => {
    has_all = value;
    list();
  }, 'all-series');
  const processes = [...new Map(model.series.filter((one) => one.target !== null).map((one) => [one.target, one.process]))];
  const view = section(
    'series',
    'Series',
    el('div', { class: 'row' }, title, el('span', { class: 'grow' }),
      checkbox('from zero', from_zero, (value) => {
        from_zero = value;
        draw();
      }),
      button('Reset zoom', () => shown.reset())),
    note,
    place,
    el('p', { class: 'key', 'aria-hidden': 'true' },
      el('span', { class: 'key-warmup' }), 'warm-up, not judged',
      el('span', { class: 'key-fit' }), 'fitted slope',
      el('span', { class: 'key-band' }), 'what the data allow (95 %)',
      el('span', { class: 'muted grow right' }, 'drag to zoom; keys + - 0 and arrows')),
    el('div', { class: 'row' },
      processes.length > 1
        ? select('Process', [['', 'all processes'], ...processes.map(([id, name]) => [id, name])], (value) => {
          process = value;
          list();
        })
        : null,
      more),
    el('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'All series' },
      el('table', { class: 'series', 'aria-label': 'All series' },
        el('thead', null, el('tr', null, ['series', 'over time', 'verdict', 'level', 'slope', '95 % interval']
          .map((text, i) => el('th', { scope: 'col', class: i > 2 ? 'number' : null }, text)))),
        body)),
  );
  list();
  onThemeChange(draw);
  return {
    view,
    draw,
    show(series) {
      if (!isListed(series)) {
        has_all = true;
        process = '';
      }
      chosen = series;
      list();
      draw();
    },
  };
}
