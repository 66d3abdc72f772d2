// SPDX-License-Identifier: Apache-2.0
// Stacks as trees and as functions. Frames are numbers into one table (analysis/report/html_stacks.h).

export class Frames {
  constructor({ strings, function: functions, file, line, module, inlined }) {
    this.all = functions.map((name, i) => ({
      function: strings[name], file: strings[file[i]], line: line[i], module: strings[module[i]], inlined: inlined[i] === 1,
    }));
    this.known = new Map();
    this.group = this.all.map((frame, i) => this.groupOf(frame, i));
  }

  // Calls of one function are one node of a tree, whatever their lines: the number of the first.
  groupOf(frame, i) {
    const key = `${frame.function}\n${frame.module}`;
    if (!this.known.has(key)) this.known.set(key, i);
    return this.known.get(key);
  }

  get length() {
    return this.all.length;
  }

  name(i) {
    return nameOf(this.all[i]);
  }

  place(i) {
    return placeOf(this.all[i]);
  }

  // Frames that came as objects, of the JSON report: numbers of this table.
  add(frames) {
    return frames.map((frame) => {
      this.group.push(this.groupOf(frame, this.all.length));
      return this.all.push(frame) - 1;
    });
  }
}

export const nameOf = (frame) => frame.function || frame.module || '?';

export function placeOf({ file, line, module, inlined }) {
  return [file && file + (line > 0 ? `:${line}` : ''), module && `[${module}]`, inlined ? '(inlined)' : ''].filter(Boolean).join(' ');
}

// `samples`: [{path, value, delta, proved}]. A path has, outermost first, numbers of groups of
// frames, or {key, name, place} of what is no frame. A node has `value` (all below it), `delta`,
// `proved` (of its value, at stacks that are proved to grow).
export function makeTree(name, samples, frames) {
  const root = { key: 'root', name, place: '', value: 0, delta: 0, proved: 0, children: [], index: new Map() };
  for (const { path, value, delta, proved } of samples) {
    let node = root;
    for (let i = -1; i < path.length; ++i) {
      if (i >= 0) {
        const step = path[i];
        const key = step.key ?? step;
        let next = node.index.get(key);
        if (!next) {
          const [title, place] = step.key ? [step.name, step.place] : [frames.name(step), frames.place(step)];
          next = { key, name: title, place, value: 0, delta: 0, proved: 0, children: [], index: new Map() };
          node.index.set(key, next);
          node.children.push(next);
        }
        node = next;
      }
      node.value += value;
      node.delta += delta;
      node.proved += proved;
    }
  }
  const sort = (node) => {
    delete node.index;
    node.children.sort((a, b) => b.value - a.value);
    node.children.forEach(sort);
  };
  sort(root);
  return root;
}

// Per function all that is in use and was gained in calls below it, each stack once.
export function byFunction(stacks, frames) {
  const all = new Map();
  for (const stack of stacks) {
    for (const group of new Set(stack.frames.map((frame) => frames.group[frame]))) {
      const one = all.get(group) ?? { frame: group, live: 0, gained: 0, stacks: 0 };
      one.live += stack.live ?? 0;
      one.gained += stack.gained ?? 0;
      ++one.stacks;
      all.set(group, one);
    }
  }
  return [...all.values()];
}
