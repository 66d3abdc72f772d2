// SPDX-License-Identifier: Apache-2.0
// The top of the page: what is the matter, how sure that is, where it comes from. The sentences are
// those of the text report.
import { el } from './dom.js';
import { duration } from './format.js';
import { kVerdicts } from './model.js';

function fact(name, value) {
  return value ? el('span', { class: 'fact' }, el('span', { class: 'fact-name' }, name), ' ', value) : null;
}

export function verdictView(model) {
  const { run, verdict } = model.report;
  const { word: general, mood } = kVerdicts[verdict.exit_code] ?? { word: 'Failed', mood: 'unsure' };
  const word = verdict.class === 'drift' && verdict.exit_code === 13 ? 'Drift' : general;
  const is_more = verdict.class !== word.toLowerCase();
  const summary = verdict.summary.replace(/^(Growth|Pass|Inconclusive|Drift|Regression|Limit): /, '');
  const chart = el('div', { class: 'hero-chart' });
  const view = el(
    'section',
    { id: 'verdict', class: `card hero ${mood}`, 'aria-labelledby': 'verdict-title' },
    el(
      'div',
      { class: 'pills' },
      el('span', { class: `pill strong ${mood}` }, word),
      is_more ? el('span', { class: 'pill' }, verdict.class) : null,
      verdict.confidence && verdict.exit_code !== 12
        ? el('span', { class: 'pill' }, `confidence ${verdict.confidence}`) : null,
      el('span', { class: 'pill' }, `exit code ${verdict.exit_code}`),
    ),
    el('h1', { id: 'verdict-title' }, summary.charAt(0).toUpperCase() + summary.slice(1)),
    el(
      'div',
      { class: model.mainSeries() ? 'hero-body' : 'hero-body alone' },
      el(
        'dl',
        { class: 'answers' },
        model.answers.map(({ label, lines }) => [
          el('dt', null, label),
          el('dd', null, lines.map((line) => el('p', null, line))),
        ]),
      ),
      chart,
    ),
    el(
      'p',
      { class: 'facts' },
      fact('run', `${run.id ? `${run.id} ` : ''}${run.name}`),
      fact('observed', duration(run.duration_s)),
      fact('begun', run.started_at),
      fact('host', run.host),
      fact('command', run.command.length ? run.command.join(' ') : ''),
    ),
  );
  return { view, chart };
}
