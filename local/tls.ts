import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate for this machine's loopback, and its key: as PEM and as files. */
export interface LocalCertificate {
  readonly cert: string;
  readonly key: string;
  /** Also a CA: clients trust it with `NODE_EXTRA_CA_CERTS` (read once, when a process starts) or `sslrootcert`. */
  readonly certPath: string;
  readonly keyPath: string;
}

const DAY = 24 * 60 * 60 * 1000;
/** Longer than anybody leaves a system running, and under the 825 days that Apple's TLS accepts. */
const VALID_DAYS = 800;
const RENEW_DAYS = 60;

/** The certificate of localhost and 127.0.0.1 kept in `directory`; made when there is none, or none that lasts long enough. */
export async function localCertificate(directory: string): Promise<LocalCertificate> {
  const certPath = join(directory, 'cert.pem');
  const keyPath = join(directory, 'key.pem');
  const kept = await readPair(certPath, keyPath);
  if (kept && isUsable(kept)) return { ...kept, certPath, keyPath };

  const made = await makePair();
  await mkdir(directory, { recursive: true });
  await replaceFile(keyPath, made.key, 0o600);
  await replaceFile(certPath, made.cert, 0o644);
  return { ...made, certPath, keyPath };
}

type Pair = Pick<LocalCertificate, 'cert' | 'key'>;

async function readPair(certPath: string, keyPath: string): Promise<Pair | undefined> {
  try {
    return { cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Two that start at once may leave the certificate of one beside the key of the other. */
function isUsable({ cert, key }: Pair): boolean {
  const certificate = new X509Certificate(cert);
  const lasts = certificate.validToDate.getTime() > Date.now() + RENEW_DAYS * DAY;
  return lasts && certificate.checkPrivateKey(createPrivateKey(key));
}

async function makePair(): Promise<Pair> {
  // A name of its own: OpenSSL finds an issuer by its name, and who trusts two of these would be shown the wrong one.
  const pems = await generate([{ name: 'commonName', value: `MedBook ${randomUUID()}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // An hour back: a clock that is set a little back must not refuse it.
    notBeforeDate: new Date(Date.now() - 60 * 60 * 1000),
    notAfterDate: new Date(Date.now() + VALID_DAYS * DAY),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      // Without keyCertSign OpenSSL does not take it as its own issuer, so trusting it would not help.
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { cert: pems.cert, key: pems.private };
}

/** Rename is atomic: somebody who starts at the same time never reads half a file. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const next = `${path}.${process.pid}`;
  await writeFile(next, text, { mode });
  await rename(next, path);
}
