import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate for localhost and 127.0.0.1 and its key, as PEM texts and as files. */
export interface LocalCertificate {
  readonly cert: string;
  readonly key: string;
  /** The certificate is also a CA: clients trust it with `NODE_EXTRA_CA_CERTS` (read once, when a process starts) or `sslrootcert`. */
  readonly certPath: string;
  readonly keyPath: string;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/** Longer than a local system runs, and below the 825 days that Apple's TLS accepts. */
const VALID_DAYS = 800;
const RENEW_BEFORE_DAYS = 60;

/** Returns the certificate in `directory`; creates it when it is missing, expires within 60 days, or does not match its key. */
export async function ensureLocalCertificate(directory: string): Promise<LocalCertificate> {
  const certPath = join(directory, 'cert.pem');
  const keyPath = join(directory, 'key.pem');
  const existing = await readPair(certPath, keyPath);
  if (existing && isUsable(existing)) return { ...existing, certPath, keyPath };

  const created = await createPair();
  await mkdir(directory, { recursive: true });
  await replaceFile(keyPath, created.key, 0o600);
  await replaceFile(certPath, created.cert, 0o644);
  return { ...created, certPath, keyPath };
}

type CertificatePair = Pick<LocalCertificate, 'cert' | 'key'>;

async function readPair(certPath: string, keyPath: string): Promise<CertificatePair | undefined> {
  try {
    return { cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Also compares the keys: two systems that start at once may leave the certificate of one beside the key of the other. */
function isUsable({ cert, key }: CertificatePair): boolean {
  const certificate = new X509Certificate(cert);
  const isLongLived = certificate.validToDate.getTime() > Date.now() + RENEW_BEFORE_DAYS * DAY_MILLISECONDS;
  return isLongLived && certificate.checkPrivateKey(createPrivateKey(key));
}

async function createPair(): Promise<CertificatePair> {
  // A unique name: OpenSSL finds an issuer by its name, and could pick the wrong one for a client that trusts several.
  const pems = await generate([{ name: 'commonName', value: `MedBook ${randomUUID()}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // One hour in the past, so that a client with a slow clock accepts it.
    notBeforeDate: new Date(Date.now() - 60 * 60 * 1000),
    notAfterDate: new Date(Date.now() + VALID_DAYS * DAY_MILLISECONDS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      // Without keyCertSign, OpenSSL does not accept it as its own issuer, so clients could not trust it.
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

/** Writes and renames, which is atomic: a system that starts at the same time never reads a partial file. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporaryPath = `${path}.${process.pid}`;
  await writeFile(temporaryPath, text, { mode });
  await rename(temporaryPath, path);
}
