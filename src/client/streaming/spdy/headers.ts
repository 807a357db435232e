import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { StreamError } from '../error.js';
import { DICTIONARY, DICTIONARY_ID } from './dictionary.js';

/** Names in lower case; several values of one name are joined with NUL. */
export type StreamHeaders = ReadonlyMap<string, string>;

const WINDOW_BYTES = 32 * 1024;
/** The limits of the Go implementation that runtimes serve with. */
const MAX_HEADERS = 1000;
const MAX_BLOCK_BYTES = 1024 * 1024;
/** Deflate with a 32 KiB window, a dictionary named, and the check bits that make it a multiple of 31. */
const ZLIB_HEADER = 0x78bb;
const WITH_DICTIONARY = 0x20;
const SYNC_FLUSH_END = Buffer.of(0, 0, 0xff, 0xff);

/*
 * SPDY compresses all header blocks of one direction as one zlib stream with a sync flush after each block, so each block
 * starts and ends at a byte. That makes it possible to treat a block as a raw deflate stream of its own whose preset
 * dictionary is the window that the blocks before it have left. Node's one-shot functions do that synchronously, where
 * its zlib streams would make every frame wait for a thread.
 */
class Window {
  private bytes: Buffer = Buffer.alloc(0);

  get(): Buffer {
    return this.bytes;
  }

  slide(output: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, output]);
    if (this.bytes.length > WINDOW_BYTES) this.bytes = Buffer.from(this.bytes.subarray(-WINDOW_BYTES));
  }
}

/** Compresses the header blocks of one direction of a connection, in the order in which they are sent. */
export class HeaderCompressor {
  private readonly window = new Window();
  private started = false;

  compress(headers: StreamHeaders): Buffer {
    const plain = encodePairs(headers);
    const start = this.started ? Buffer.alloc(0) : Buffer.alloc(6);
    if (!this.started) {
      start.writeUInt16BE(ZLIB_HEADER);
      start.writeUInt32BE(DICTIONARY_ID, 2);
      this.window.slide(DICTIONARY);
      this.started = true;
    }
    const packed = deflateRawSync(plain, { dictionary: this.window.get(), finishFlush: constants.Z_SYNC_FLUSH });
    this.window.slide(plain);
    return Buffer.concat([start, packed]);
  }
}

/** Reads the header blocks of one direction of a connection, in the order in which they came. */
export class HeaderDecompressor {
  private readonly window = new Window();
  private started = false;

  /** Throws a StreamError `protocol` that names the fault; no more than 1 MiB is ever unpacked. */
  decompress(block: Buffer): StreamHeaders {
    const packed = this.started ? block : this.start(block);
    if (!packed.subarray(-4).equals(SYNC_FLUSH_END)) {
      throw fault('does not end with a sync flush (00 00 ff ff), it is cut off or not flushed');
    }
    const plain = this.inflate(packed);
    this.window.slide(plain);
    return decodePairs(plain);
  }

  private start(block: Buffer): Buffer {
    if (block.length < 2) throw fault('is shorter than a zlib header');
    const header = block.readUInt16BE();
    if (header % 31 !== 0 || ((header >> 8) & 0x0f) !== 8) {
      throw fault(`starts with ${header.toString(16)}, which is no zlib header`);
    }
    this.started = true;
    if ((header & WITH_DICTIONARY) === 0) return block.subarray(2);
    const id = block.length < 6 ? undefined : block.readUInt32BE(2);
    if (id !== DICTIONARY_ID)
      throw fault(`needs the zlib dictionary ${id?.toString(16) ?? 'cut off'}, not that of SPDY/3`);
    this.window.slide(DICTIONARY);
    return block.subarray(6);
  }

  private inflate(packed: Buffer): Buffer {
    const dictionary = this.window.get();
    try {
      return inflateRawSync(packed, {
        ...(dictionary.length > 0 ? { dictionary } : {}),
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MAX_BLOCK_BYTES,
      });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        throw fault(`unpacks to more than ${MAX_BLOCK_BYTES} bytes from ${packed.length}`);
      }
      throw StreamError.from(cause, 'protocol', 'SPDY header block cannot be unpacked');
    }
  }
}

/** A header block before compression: 32-bit counts and lengths. */
export function encodePairs(headers: StreamHeaders): Buffer {
  const parts: Buffer[] = [uint32(headers.size)];
  for (const [name, value] of headers) {
    for (const text of [name.toLowerCase(), value]) {
      const bytes = Buffer.from(text, 'utf8');
      parts.push(uint32(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** The reverse of {@link encodePairs}, trusting nothing. */
export function decodePairs(plain: Buffer): StreamHeaders {
  let offset = 0;
  const take = (length: number, what: string): Buffer => {
    if (length > plain.length - offset) {
      throw fault(`says that ${what} has ${length} bytes where ${plain.length - offset} are left`);
    }
    offset += length;
    return plain.subarray(offset - length, offset);
  };
  const count = take(4, 'the count').readUInt32BE();
  if (count > MAX_HEADERS) throw fault(`announces ${count} headers, more than ${MAX_HEADERS}`);
  const headers = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const name = take(take(4, 'a length').readUInt32BE(), `name ${i + 1}`).toString('utf8');
    const value = take(take(4, 'a length').readUInt32BE(), `the value of ${name.slice(0, 60)}`).toString('utf8');
    if (name === '') throw fault('has an empty name');
    if (name !== name.toLowerCase()) throw fault(`has the name ${name.slice(0, 60)}, which is not in lower case`);
    if (headers.has(name)) throw fault(`has the name ${name.slice(0, 60)} twice`);
    headers.set(name, value);
  }
  if (offset < plain.length) throw fault(`goes on for ${plain.length - offset} bytes after its ${count} headers`);
  return headers;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function fault(what: string): StreamError {
  return new StreamError('protocol', `SPDY header block ${what}`);
}
