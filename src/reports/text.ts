import { stripVTControlCharacters } from 'node:util';

/** Everything XML 1.0 cannot hold: most control characters, halves of surrogate pairs, U+FFFE and U+FFFF. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Line breaks, tabs and what moves a terminal's cursor or reorders its text. */
const NOT_ONE_LINE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]+|\p{Surrogate}/gu;

/**
 * Text as an XML 1.0 document can hold it: terminal sequences (colours, cursor moves) are dropped, every other
 * character without a place in XML becomes U+FFFD, so that its absence shows. The rest is unchanged and unescaped.
 */
export function xmlText(text: string): string {
  return stripVTControlCharacters(text).replace(NOT_XML, '\ufffd');
}

/** Text that is safe on a terminal and stays on one line of at most `max` characters. */
export function oneLine(text: string, max = Number.POSITIVE_INFINITY): string {
  return shorten(stripVTControlCharacters(text).replace(NOT_ONE_LINE, ' ').trim(), max);
}

/** Cuts text to `max` characters, the last being an ellipsis; never cuts a surrogate pair in two. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, Math.max(0, max - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** `0.41 s`, `12.3 s`, `2 min 05 s`: a duration in ms as people read it. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `2.4 ms`, `380 ms`: the duration of a call, also in ms, where a hundredth of a second is too coarse. */
export function millis(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `1 spec`, `2 specs`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
