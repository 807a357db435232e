import { generateKeyPairSync, sign } from 'node:crypto';

/* Just enough DER for a certificate that signs itself: node makes keys and signatures, but no certificates. */

const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const SUBJECT_ALT_NAME = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';
const DAY_MS = 24 * 60 * 60 * 1000;

function der(tag: number, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}

const sequence = (...content: (Buffer | string)[]): Buffer => der(0x30, ...content);

function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '');
  return der(0x18, Buffer.from(`${digits}Z`));
}

export interface SelfSigned {
  key: string;
  cert: string;
}

/** A certificate for one IPv4 address that is its own CA, valid from yesterday to tomorrow. */
export function selfSigned(address = '127.0.0.1'): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(`test of ${address}`)))));
  const alternatives = sequence(der(0x87, Buffer.from(address.split('.').map(Number))));
  const extensions = sequence(
    sequence(SUBJECT_ALT_NAME, der(0x04, alternatives)),
    sequence(BASIC_CONSTRAINTS, der(0x01, 'ff'), der(0x04, sequence(der(0x01, 'ff')))),
  );
  const unsigned = sequence(
    der(0xa0, der(0x02, '02')),
    der(0x02, '01'),
    sequence(ECDSA_WITH_SHA256),
    name,
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, '00', sign('sha256', unsigned, privateKey));
  const base64 = sequence(unsigned, sequence(ECDSA_WITH_SHA256), signature).toString('base64');
  const lines = (base64.match(/.{1,64}/g) ?? []).join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
