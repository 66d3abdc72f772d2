// SPDX-License-Identifier: Apache-2.0
// Figures as people read them; the same forms as in the text report (storage/model/units.h).

const kUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

function threeDigits(value) {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return Number(value.toPrecision(3)).toString();
}

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

export function bytes(value) {
  if (!isNumber(value)) return '?';
  let unit = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1023.5 && unit + 1 < kUnits.length) {
    scaled /= 1024;
    ++unit;
  }
  return unit === 0 ? `${Math.round(scaled)} B` : `${threeDigits(scaled)} ${kUnits[unit]}`;
}

export function duration(seconds) {
  if (!isNumber(seconds)) return '?';
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds > 0 && seconds < 1) return `${Math.round(1000 * seconds)}ms`;
  const two = (number) => String(number).padStart(2, '0');
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

// A value of a series.
export function quantity(value, unit) {
  if (!isNumber(value)) return '?';
  if (unit === 'bytes') return bytes(value);
  if (unit === 'bytes/s') return `${bytes(value)}/s`;
  if (unit === 's') return value < 1 ? `${threeDigits(1000 * value)} ms` : `${threeDigits(value)} s`;
  const number = Number.isInteger(value) ? value.toLocaleString('en-US') : threeDigits(value);
  if (unit === '%') return `${number} %`;
  return unit?.endsWith('/s') ? `${number}/s` : number; // of counts the name of the series says what
}

// A slope: signed, per hour.
export function slope(value, unit) {
  if (!isNumber(value)) return '-';
  return `${value > 0 ? '+' : ''}${quantity(value, unit)}/h`;
}

export function percent(share) {
  return isNumber(share) ? `${Math.round(100 * share) + 0} %` : '?';
}

export const signed = (value, text) => (value > 0 ? `+${text}` : text);

export function count(value, one, many) {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`;
}
