// SPDX-License-Identifier: Apache-2.0
// The search: series, functions and stacks whose names have all of the words.
import { el } from './dom.js';
import { bytes } from './format.js';
import { nameOf } from './series.js';

const kMost = 8; // of a kind

export function startSearch({ model, frames, series, flame }) {
  const input = document.getElementById('search');
  const results = document.getElementById('results');
  let texts = null; // of frames, once something is searched for
  const series_texts = model.series.map((one) => `${one.metric} ${nameOf(one)} ${one.verdict?.class ?? ''}`.toLowerCase());

  const goTo = (id) => {
    results.hidden = true;
    const place = document.getElementById(id);
    place?.scrollIntoView({ behavior: 'auto', block: 'start' });
    place?.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  };
  const find = (words) => {
    const has = (text) => words.every((word) => text.includes(word));
    texts ??= Array.from({ length: frames.length }, (_, i) => `${frames.name(i)} ${frames.place(i)}`.toLowerCase());
    const functions = new Map();
    const is_hit = texts.map(has);
    for (let i = 0; i < frames.length; ++i) if (is_hit[i]) functions.set(frames.group[i], i);
    const stacks = model.stacks.list.filter((one) => has(one.fingerprint) || one.frames.some((frame) => is_hit[frame]))
      .sort((a, b) => b.live - a.live);
    return { series: model.series.filter((_, i) => has(series_texts[i])), functions: [...functions], stacks };
  };
  const group = (title, found, line) => (found.length === 0 ? null : [
    el('h4', null, `${title} (${found.length.toLocaleString('en-US')})`),
    el('ul', null, found.slice(0, kMost).map((one) => el('li', null, line(one)))),
  ]);
  const hit = (text, more, onclick) => el('button', { type: 'button', class: 'hit', onclick }, el('span', null, text), el('span', { class: 'muted' }, more));

  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    results.hidden = words.length === 0;
    flame?.search(words.length === 0 ? null : (node) => {
      const text = `${node.name} ${node.place}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    if (words.length === 0) return;
    const found = find(words);
    const lists = [
      group('Series', found.series, (one) => hit(nameOf(one), one.verdict?.class ?? '', () => {
        series.show(one);
        goTo('series');
      })),
      group('Functions', found.functions, ([key, i]) => hit(frames.name(i), frames.place(i), () => {
        flame?.search((node) => node.key === key);
        goTo('flame');
      })),
      group('Stacks', found.stacks, (one) => hit(one.frames.length ? frames.name(one.frames[0]) : '(no frames)', `${bytes(one.live)} in use, ${one.fingerprint}`, () => {
        flame?.showStack(one);
        goTo('flame');
      })),
    ].filter(Boolean);
    results.replaceChildren(...(lists.length ? lists.flat() : [el('p', { class: 'note' }, 'Nothing has these words.')]));
  };
  input.addEventListener('input', search);
  input.addEventListener('focus', () => {
    if (input.value.trim()) results.hidden = false;
  });
  const move = (event) => {
    const hits = [...results.querySelectorAll('.hit')];
    const at = hits.indexOf(document.activeElement);
    if (event.key === 'Escape') {
      input.focus();
      results.hidden = true;
    } else if (event.key === 'ArrowDown') hits[Math.min(hits.length - 1, at + 1)]?.focus();
    else if (event.key === 'ArrowUp') (at > 0 ? hits[at - 1] : input).focus();
    else if (event.key === 'Enter' && document.activeElement === input) hits[0]?.click();
    else return;
    event.preventDefault();
  };
  input.addEventListener('keydown', move);
  results.addEventListener('keydown', move);
  document.addEventListener('pointerdown', (event) => {
    if (!event.target.closest('.search')) results.hidden = true;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target.closest('input, select, textarea')) return;
    event.preventDefault();
    input.focus();
  });
}
