// SPDX-License-Identifier: Apache-2.0
// What a comparison with baselines and a policy say: "comparison" and "policy" of the JSON report.
import { el, section, table } from './dom.js';
import { bytes, count, percent, quantity } from './format.js';
import { frameList, leaf } from './tables.js';

const kMoods = {
  regressed: 'bad', provisional: 'unsure', improved: 'good', unknown: 'none', same: 'good',
  new: 'unsure', grown: 'unsure', shrunk: 'good', gone: 'none', moved: 'none',
  broken: 'bad', held: 'good', used: 'good', unused: 'none', expired: 'unsure', outgrown: 'bad',
};
const pill = (word, mood) => el('span', { class: `pill ${mood ?? kMoods[word] ?? 'none'}` }, word);
const signedBytes = (value) => `${value >= 0 ? '+' : ''}${bytes(value)}`;

function difference(metric) {
  if (metric.difference === null || metric.base === null || metric.value === null) return '';
  const sign = metric.difference > 0 ? '+' : '';
  return metric.is_relative ? `${sign}${(100 * metric.difference).toPrecision(3)} %` : `${sign}${quantity(metric.difference, metric.unit)}`;
}

function metricRows(metrics) {
  return metrics.map((one) => [
    el('span', null, one.title || one.feature),
    pill(one.change),
    one.value === null ? '-' : quantity(one.value, one.unit),
    one.base === null ? '-' : quantity(one.base, one.unit),
    difference(one),
    `${quantity(one.expected_low, one.unit)} to ${quantity(one.expected_high, one.unit)}`,
    one.baseline,
    el('span', { class: 'muted' }, one.explanation),
  ]);
}

function stackRow(one) {
  const per = one.per === 'request' ? ' a request' : '/h';
  const names = one.frames.length ? one.frames : one.base_frames;
  return el('details', { class: 'stack' },
    el('summary', null, pill(one.change, one.is_regression ? 'bad' : undefined),
      el('code', { class: 'leaf' }, leaf(names)), el('span', { class: 'grow' }),
      el('span', { class: one.is_regression ? 'figure bad' : 'figure' }, `${signedBytes(one.alloc_bytes - one.base_alloc_bytes)}${per}`),
      el('span', { class: 'muted' }, `in use ${bytes(one.base_live_bytes)} \u2192 ${bytes(one.live_bytes)}`)),
    el('div', { class: 'stack-body' },
      el('p', { class: 'note' }, one.explanation),
      frameList(one.frames),
      one.change === 'moved' ? [el('h4', null, 'in the baseline'), frameList(one.base_frames)] : null));
}

export function comparisonView(model) {
  const { comparison } = model.report;
  if (!comparison) return null;
  const changed = comparison.metrics.filter((one) => one.change !== 'same' && one.change !== 'unknown');
  const others = comparison.metrics.filter((one) => !changed.includes(one));
  const stacks = comparison.stacks.filter((one) => one.change !== 'same');
  const headers = [['figure'], [''], ['this run', 'number'], ['baseline', 'number'], ['change', 'number'],
    ['expected, 99 %', 'number'], ['against'], ['']];
  return section('comparison', 'Against the baseline',
    el('p', { class: 'lead' }, comparison.summary),
    comparison.shortage ? el('p', { class: 'note' }, comparison.shortage) : null,
    el('p', { class: 'facts' }, comparison.anchors.map((one) => el('span', { class: 'fact' }, pill(one.change), ' ', one.name,
      el('span', { class: 'muted' }, ` ${one.is_pinned ? 'pinned' : 'rolling'}, ${count(one.runs, 'run', 'runs')}`)))),
    changed.length ? table('Figures that changed', headers, metricRows(changed)) : null,
    stacks.length ? [el('h3', null, 'Stacks that changed'), stacks.slice(0, 50).map(stackRow),
      stacks.length > 50 ? el('p', { class: 'note' }, `and ${count(stacks.length - 50, 'more', 'more')}; the flame graph has all of them`) : null] : null,
    others.length
      ? el('details', null, el('summary', null, `${count(others.length, 'figure', 'figures')} without a change`), table('Figures without a change', headers, metricRows(others)))
      : null);
}

export function policyView(model) {
  const { policy } = model.report;
  if (!policy) return null;
  const allowed = (one) => [
    one.most !== null ? `at most ${quantity(one.most, one.unit)}` : '',
    one.least !== null ? `at least ${quantity(one.least, one.unit)}` : '',
    one.most_change !== null ? `change of at most ${percent(one.most_change)}` : '',
  ].filter(Boolean).join(', ');
  return section('policy', 'Policy',
    el('p', { class: 'note' }, policy.file),
    policy.limits.length
      ? table('Limits', [['limit'], [''], ['measured', 'number'], ['allowed'], ['']],
        policy.limits.map((one) => [one.name || one.feature, pill(one.state, one.state === 'unknown' ? 'unsure' : undefined),
          one.value === null ? '-' : quantity(one.value, one.unit), allowed(one), el('span', { class: 'muted' }, one.explanation)]))
      : null,
    policy.suppressions.length
      ? [el('h3', null, 'Known and tolerated'),
        table('Suppressions', [['what'], [''], ['reason'], ['owner'], ['until'], ['']],
          policy.suppressions.map((one) => [el('code', null, one.fingerprint ?? one.metric), pill(one.state), one.reason, one.owner,
            one.expires_at.slice(0, 10), el('span', { class: 'muted' }, one.explanation)]))]
      : null);
}
