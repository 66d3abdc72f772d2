// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the system has it until the reader chooses; paper is always light. Charts are
// drawn in the colors of the page, so they are drawn again when these change.

const kDark = matchMedia('(prefers-color-scheme: dark)');
const kPaper = matchMedia('print');
const listeners = new Set();
let chosen = null;

export function isDark() {
  return !kPaper.matches && (chosen ?? (kDark.matches ? 'dark' : 'light')) === 'dark';
}

function apply() {
  const theme = isDark() ? 'dark' : 'light';
  if (document.documentElement.dataset.theme === theme) return;
  document.documentElement.dataset.theme = theme;
  colors.clear();
  const toggle = document.getElementById('theme');
  toggle.setAttribute('aria-pressed', String(isDark()));
  for (const listener of listeners) listener();
}

export const onThemeChange = (listener) => listeners.add(listener);

// A color of style.css by its name there.
const colors = new Map();
export function color(name) {
  if (!colors.has(name)) {
    colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  }
  return colors.get(name);
}

export function startTheme() {
  document.documentElement.dataset.theme = '';
  apply();
  kDark.addEventListener('change', apply);
  kPaper.addEventListener('change', apply);
  addEventListener('beforeprint', apply);
  addEventListener('afterprint', apply);
  document.getElementById('theme').addEventListener('click', () => {
    chosen = isDark() ? 'light' : 'dark';
    apply();
  });
}
