// SPDX-License-Identifier: Apache-2.0
// Elements. Text goes in as text only: names from outside may say anything and mean nothing.

// el('td', {class: 'number', onclick: f}, 'text', element, null, [more])
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'style') Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function svg(name, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function button(text, onclick, attributes) {
  return el('button', { type: 'button', class: 'button', onclick, ...attributes }, text);
}

// A choice of one of several: buttons, of which one is pressed. `options`: [[value, text]].
export function choice(label, options, chosen, onchange) {
  const group = el('div', { class: 'choice', role: 'group', 'aria-label': label });
  const show = (value) => {
    for (const one of group.children) {
      one.setAttribute('aria-pressed', String(one.dataset.value === String(value)));
    }
  };
  for (const [value, text] of options) {
    const pick = () => {
      show(value);
      onchange(value);
    };
    group.append(button(text, pick, { 'data-value': value }));
  }
  show(chosen);
  group.choose = (value) => {
    show(value);
    onchange(value);
  };
  return group;
}

export function select(label, options, onchange) {
  const list = el('select', { 'aria-label': label, onchange: () => onchange(list.value) });
  for (const [value, text] of options) list.append(el('option', { value }, text));
  return list;
}

export function checkbox(text, is_checked, onchange, id) {
  const box = el('input', { type: 'checkbox', onchange: () => onchange(box.checked) });
  box.checked = is_checked;
  return el('label', { class: 'check', id }, box, ' ', text);
}

// Headers: [[text, class]]; rows: lists of cells (text, element or {class, value}).
export function table(caption, headers, rows) {
  const cell = (content, i) => el('td', { class: headers[i][1] }, content ?? '');
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el(
      'table',
      null,
      el('caption', { class: 'unseen' }, caption),
      el('thead', null, el('tr', null, headers.map(([text, kind]) => el('th', { scope: 'col', class: kind }, text)))),
      el('tbody', null, rows.map((row) => el('tr', null, row.map(cell)))),
    ),
  );
}

export function section(id, title, ...content) {
  return el(
    'section',
    { id, class: 'card', 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, title),
    content,
  );
}
