import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { startServerProcess } from '../../../local/process/server-process.ts';
import { withPort } from '../../../local/process/with-port.ts';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import { ROOT_CREDENTIALS } from '../aws-clients.ts';
import type { SignIn, SignInResult } from './rds.ts';

export const EMULATOR_REGION = 'us-east-1';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface EmulatorOptions {
  readonly python: string;
  /** The folder for the log and for the code of the running functions. */
  readonly directory: string;
  readonly tls: LocalCertificate;
  /** The servers behind the emulated ones. */
  readonly endpoints: { readonly writer: Endpoint; readonly proxy: Endpoint; readonly cache: Endpoint };
}

export interface Emulator {
  readonly url: string;
  /** Returns the cluster that Aurora or RDS Proxy would connect the user to, or the reason for a refusal. */
  checkSignIn(signIn: SignIn): Promise<SignInResult>;
  stop(): Promise<void>;
}

const START_SECONDS = 60;

/** Starts MiniStack on 127.0.0.1, with our additions and IAM enforced. Its log is `emulator.log` in the directory. */
export async function startEmulator({ python, directory, tls, endpoints }: EmulatorOptions): Promise<Emulator> {
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true });
  // MiniStack stores the code of the functions here. Without this file Node would apply our package.json, and load the
  // code as ES modules.
  await writeFile(join(temporary, 'package.json'), '{}');
  return withPort(undefined, async (port) => {
    const url = `https://127.0.0.1:${port}`;
    const server = await startServerProcess({
      name: 'MiniStack',
      directory,
      command: python,
      args: [join(import.meta.dirname, 'ministack/start.py')],
      env: {
        // The functions run on the Node version of this process.
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: temporary,
        TMPDIR: temporary,
        PYTHONDONTWRITEBYTECODE: '1',
        MEDBOOK_ENDPOINTS: JSON.stringify(endpoints),
        MEDBOOK_LOG: getEmulatorLogPath(directory),
        // The first is for the functions, the second for MiniStack itself.
        NODE_EXTRA_CA_CERTS: tls.certPath,
        SSL_CERT_FILE: tls.certPath,
        AUTH: 'true',
        USE_SSL: '1',
        MINISTACK_SSL_CERT: tls.certPath,
        MINISTACK_SSL_KEY: tls.keyPath,
        ...ROOT_CREDENTIALS,
        MINISTACK_REGION: EMULATOR_REGION,
        GATEWAY_PORT: String(port),
        BIND_HOST: '127.0.0.1',
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
        LAMBDA_ASYNC_RETRY_BASE_SECONDS: '0.2',
      },
      isReady: () => isResponding(`${url}/_ministack/health`),
      readyTimeoutSeconds: START_SECONDS,
    });
    return {
      url,
      async checkSignIn(signIn) {
        const response = await fetch(`${url}/_medbook/rds/sign-in`, { method: 'POST', body: JSON.stringify(signIn) });
        return JSON.parse(await response.text());
      },
      stop: server.stop,
    };
  });
}

/** Returns the last lines of the emulator's log. */
export async function readEmulatorLog(directory: string, lines = 60): Promise<string> {
  if (!existsSync(getEmulatorLogPath(directory))) return '';
  return (await readFile(getEmulatorLogPath(directory), 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
}

export const getEmulatorLogPath = (directory: string) => join(directory, 'emulator.log');

async function isResponding(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // The server does not listen yet.
    return false;
  }
}
