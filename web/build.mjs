// SPDX-License-Identifier: Apache-2.0
// Makes one HTML file of src/ and the libraries: no part of it is loaded from anywhere, and its
// policy (CSP) lets no other script run and nothing be asked for.
//
//   node build.mjs [OUTPUT]
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? join(root, 'dist', 'report.html');

const bundle = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.js'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'ascii',
  legalComments: 'none', // all licences are in the page, whole
  outdir: 'out',
  write: false,
  metafile: true,
});
const textOf = (ending) => bundle.outputFiles.find((file) => file.path.endsWith(ending)).text.trim();
// As text of a script element: nothing in it may look like its end.
const script = textOf('.js').replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
const style = textOf('.css');

// Of every package that something was taken from.
const packages = new Set(
  Object.keys(bundle.metafile.inputs)
    .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter(Boolean),
);
const licenseOf = (name) => {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no license file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
};
const licenses = [...packages].sort().map(licenseOf).join(`\n${'-'.repeat(80)}\n\n`);
const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

// split and join: a replacement text has no special characters then.
const parts = { policy, style, script, licenses: escape(licenses) };
let page = readFileSync(join(root, 'src', 'page.html'), 'utf8');
for (const [name, text] of Object.entries(parts)) page = page.split(`{{${name}}}`).join(text);
writeFileSync(output, page);
writeFileSync(join(dirname(output), 'LICENSES.txt'), licenses);
console.log(`${output}: ${page.length} bytes, ${packages.size} packages`);
