import { StreamError } from '../error.js';

/** The channels of exec and attach. */
export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
export const ERROR = 3;
export const RESIZE = 4;
/** From v5 on: a message `255, n` ends channel n in the sender's direction. */
export const CLOSE = 255;

/** How a protocol packs a channel number and a payload into one message. */
export interface ChannelCodec {
  readonly binary: boolean;
  encode(channel: number, payload: Buffer): Buffer;
  decode(message: Buffer, isBinary: boolean): { channel: number; payload: Buffer };
}

/** One byte with the channel number before the payload, in binary messages. */
const raw: ChannelCodec = {
  binary: true,
  encode(channel, payload) {
    const message = Buffer.allocUnsafe(payload.length + 1);
    message[0] = channel;
    payload.copy(message, 1);
    return message;
  },
  decode(message, isBinary) {
    const channel = message[0];
    if (!isBinary) throw new StreamError('protocol', 'the peer sent a text message on a binary protocol');
    if (channel === undefined) throw new StreamError('protocol', 'the peer sent a message without a channel number');
    return { channel, payload: message.subarray(1) };
  },
};

/** An ASCII digit with the channel number before the payload in base64, in text messages. */
const base64: ChannelCodec = {
  binary: false,
  encode(channel, payload) {
    return Buffer.from(String.fromCharCode(0x30 + channel) + payload.toString('base64'), 'latin1');
  },
  decode(message) {
    const digit = message[0];
    if (digit === undefined) throw new StreamError('protocol', 'the peer sent a message without a channel number');
    const text = message.toString('latin1', 1);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
      throw new StreamError(
        'protocol',
        `the peer sent something else than base64: ${JSON.stringify(text.slice(0, 60))}`,
      );
    }
    return { channel: digit - 0x30, payload: Buffer.from(text, 'base64') };
  },
};

export function codecOf(protocol: string): ChannelCodec {
  return protocol.includes('base64') ? base64 : raw;
}

/** Whether a direction of a channel can be ended while the session goes on. */
export function canCloseChannels(protocol: string): boolean {
  return /^v[5-9]\./.test(protocol);
}
