import { resetName, type ControlFrame } from './frame.js';
import type { StreamHeaders } from './headers.js';

/** Header pairs as transcripts show them. */
export function show(headers: StreamHeaders): string {
  return [...headers].map(([name, value]) => `${name}: ${value}`).join(', ');
}

/** What a control frame without headers says. */
export function describe(frame: ControlFrame): string {
  switch (frame.type) {
    case 'RST_STREAM':
      return resetName(frame.status);
    case 'PING':
      return `id ${frame.id}`;
    case 'GOAWAY':
      return `last stream ${frame.lastStream}, status ${frame.status}`;
    case 'WINDOW_UPDATE':
      return `delta ${frame.delta}`;
    case 'SETTINGS':
      return frame.settings.map(({ id, value }) => `${id}=${value}`).join(' ');
    case 'SYN_STREAM':
    case 'SYN_REPLY':
    case 'HEADERS':
      return '';
  }
}
