// SPDX-License-Identifier: Apache-2.0
// The data of the report: base64 of gzip of JSON in the page itself (analysis/report/html_data.h).

function decode(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export async function readData() {
  const bytes = decode(document.getElementById('data').textContent.trim());
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
}

// Seconds since the run began.
export function unpackTimes(steps) {
  const times = new Float64Array(steps.length);
  let now_ms = 0;
  for (let i = 0; i < steps.length; ++i) times[i] = (now_ms += steps[i]) / 1000;
  return times;
}

export function unpackValues({ low, step, v }) {
  const values = new Float64Array(v.length);
  for (let i = 0; i < v.length; ++i) values[i] = low + step * v[i];
  return values;
}
