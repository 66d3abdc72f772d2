// SPDX-License-Identifier: Apache-2.0
// The page of a report: reads its data, builds the sections, draws.
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { comparisonView, policyView } from './comparison.js';
import { readData } from './data.js';
import { el } from './dom.js';
import { flameView } from './flame.js';
import { memoryView } from './memory.js';
import { Model } from './model.js';
import { startSearch } from './search.js';
import { nameOf, seriesChart, seriesView } from './series.js';
import { Frames } from './stacks.js';
import { coverageView, forecastsView, functionsView, heapsView, loadView, restartsView, stacksView } from './tables.js';
import { onThemeChange, startTheme } from './theme.js';
import { verdictView } from './verdict.js';

// Titles in the order of the page, short enough for the bar.
const kSections = { verdict: 'Verdict', series: 'Series', memory: 'Memory', stacks: 'Stacks', heaps: 'In use',
  flame: 'Flame graph', comparison: 'Baseline', policy: 'Policy', load: 'Load', coverage: 'Coverage' };

function drawHero(place, model) {
  const main = model.mainSeries();
  const box = el('div');
  place.replaceChildren(el('p', { class: 'hero-caption' }, nameOf(main)), box);
  let shown = null;
  const draw = () => {
    shown?.destroy();
    shown = seriesChart(box, model, main, { height: 300, is_plain: true, from_zero: false });
  };
  draw();
  onThemeChange(draw);
}

async function start() {
  const main = document.getElementById('main');
  const plain = document.getElementById('plain');
  plain.hidden = true;
  const data = await readData();
  const model = new Model(data);
  const frames = new Frames(data.frames);
  startTheme();

  const verdict = verdictView(model);
  const series = seriesView(model);
  const memory = memoryView(model);
  const flame = flameView(model, frames);
  const views = [
    verdict.view, policyView(model), comparisonView(model), series?.view, memory?.view, stacksView(model, flame),
    heapsView(model), flame?.view, functionsView(model, frames, flame), forecastsView(model), loadView(model),
    restartsView(model), coverageView(model),
  ].filter(Boolean);
  main.replaceChildren(...views);
  document.getElementById('sections').replaceChildren(
    ...views.filter((view) => kSections[view.id]).map((view) => el('a', { href: `#${view.id}` }, kSections[view.id])));
  main.hidden = false;
  document.querySelector('.bar').hidden = false;
  if (model.mainSeries()) drawHero(verdict.chart, model);
  series?.draw();
  memory?.draw();
  flame?.draw();
  startSearch({ model, frames, series, flame });
  performance.mark('drawn');
  document.documentElement.dataset.ready = 'yes';
}

start().catch((error) => {
  document.getElementById('plain').hidden = false;
  document.getElementById('main').hidden = true;
  document.documentElement.dataset.ready = 'no';
  console.error(error);
});
