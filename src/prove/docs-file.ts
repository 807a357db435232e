/** A file of docs/, wherever this module runs from: the sources, or what is compiled from them. */
export function docsFile(name: string): URL {
  const root = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return new URL(`${root}docs/${name}`, import.meta.url);
}
