import { release, type Spec } from '../kit/define.js';

/** Which specs to run; an empty list selects everything. */
export interface Selection {
  /** Group names, ids or globs (`*` within a part, `**` anything), any of which may match. */
  include: string[];
  exclude: string[];
  /** Levels to keep: `must`, `should`, `feature` or `feature:NAME`. */
  levels: string[];
  /** Keep only rules of kubelets up to this release, `1.NN`. */
  kubernetes: string | undefined;
  /** Keep only specs that cover a check of critest. */
  parity?: boolean;
  /** Keep those that take minutes, too; without it they have to be named, by id and not by a glob. */
  slow?: boolean;
}

/** A pattern, level or release of the user's that means nothing here. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/**
 * The specs of a selection, in the order they came.
 * @throws {SelectionError} for a pattern that matches no spec (naming the nearest), for an unknown level, and for a
 * selection that leaves nothing
 */
export function selectSpecs(specs: readonly Spec[], selection: Selection): Spec[] {
  const include = selection.include.map((pattern) => matcher(pattern, specs));
  const exclude = selection.exclude.map((pattern) => matcher(pattern, specs));
  const levels = selection.levels.map((level) => levelMatcher(level, specs));
  const newest = selection.kubernetes === undefined ? Infinity : release(selection.kubernetes);
  const selected = specs.filter(
    (spec) =>
      (include.length === 0 || include.some((matches) => matches(spec))) &&
      !exclude.some((matches) => matches(spec)) &&
      (levels.length === 0 || levels.some((matches) => matches(spec))) &&
      release(spec.since) <= newest &&
      (selection.parity !== true || (spec.parity ?? []).length > 0) &&
      (spec.slow !== true || selection.slow === true || selection.include.some((pattern) => names(pattern, spec))),
  );
  if (selected.length === 0)
    throw new SelectionError(
      'the selection leaves no spec to run: loosen --skip, --level, --kubernetes or --parity, or add --slow',
    );
  return selected;
}

/** An id names its variants too: `streaming/exec-stdout` stands for `streaming/exec-stdout[spdy]`. */
function names(pattern: string, { id }: Spec): boolean {
  return id === pattern || id.replace(/\[.*\]$/, '') === pattern;
}

type Matcher = (spec: Spec) => boolean;

function matcher(pattern: string, specs: readonly Spec[]): Matcher {
  const expression = globExpression(pattern);
  // Of an id with variants the part before the bracket is enough.
  const matches: Matcher = (spec) =>
    spec.group === pattern || expression.test(spec.id) || expression.test(spec.id.replace(/\[.*\]$/, ''));
  if (specs.some(matches)) return matches;
  const names = [...new Set(specs.map((spec) => spec.group)), ...specs.map((spec) => spec.id)];
  throw new SelectionError(`no spec matches '${pattern}'. ${nearest(pattern, names)}`);
}

/** `*` stays within a part of the id, `**` does not; everything else is literal. A lone word is a group or an id part. */
export function globExpression(pattern: string): RegExp {
  const source = pattern
    .split('**')
    .map((part) => part.split('*').map(escape).join('[^/]*'))
    .join('.*');
  return new RegExp(`^${source.replaceAll('\\?', '[^/]')}$`);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function levelMatcher(level: string, specs: readonly Spec[]): Matcher {
  const known = [...new Set(specs.map((spec) => spec.level)), 'must', 'should', 'feature'];
  if (!known.includes(level)) throw new SelectionError(`no level '${level}'. ${nearest(level, known)}`);
  return (spec) => spec.level === level || (level === 'feature' && spec.level.startsWith('feature:'));
}

/** Names the candidates closest to what was typed. */
export function nearest(typed: string, names: readonly string[]): string {
  const text = typed.replaceAll('*', '');
  const scored = [...new Set(names)].map((name) => ({ name, distance: closeness(text, name) }));
  const best = scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1)).slice(0, 3);
  return `Nearest: ${best.map(({ name }) => name).join(', ')}`;
}

/** Edit distance to the name, or to its last part where that is closer; containing the text counts as close. */
function closeness(text: string, name: string): number {
  const distance = Math.min(editDistance(text, name), editDistance(text, name.slice(name.indexOf('/') + 1)));
  return text !== '' && name.includes(text) ? Math.min(distance, 1) : distance;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The specs in an order that depends on the seed alone (Fisher–Yates over a 32-bit generator). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
