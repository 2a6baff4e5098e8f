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
  /** Keeps its log and the code of the functions that run. */
  readonly directory: string;
  readonly tls: LocalCertificate;
  /** Where the servers are that stand behind the emulated ones. */
  readonly endpoints: { readonly writer: Endpoint; readonly proxy: Endpoint; readonly cache: Endpoint };
}

export interface Emulator {
  readonly url: string;
  /** Where Aurora or RDS Proxy would let somebody in, or why not. */
  checkSignIn(signIn: SignIn): Promise<SignInResult>;
  stop(): Promise<void>;
}

const START_SECONDS = 60;

/** Starts MiniStack on loopback, with our additions, enforcing IAM. Its log is in `emulator.log` of the directory. */
export async function startEmulator({ python, directory, tls, endpoints }: EmulatorOptions): Promise<Emulator> {
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true });
  // The code of the functions lies in there: without this it would be taken for a part of our package, which says ES
  // modules.
  await writeFile(join(temporary, 'package.json'), '{}');
  return withPort(undefined, async (port) => {
    const url = `https://127.0.0.1:${port}`;
    const server = await startServerProcess({
      name: 'MiniStack',
      directory,
      command: python,
      args: [join(import.meta.dirname, 'ministack/start.py')],
      env: {
        // The functions run on the Node that runs us.
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: temporary,
        TMPDIR: temporary,
        PYTHONDONTWRITEBYTECODE: '1',
        MEDBOOK_ENDPOINTS: JSON.stringify(endpoints),
        MEDBOOK_LOG: emulatorLogPath(directory),
        // For the functions, and for itself.
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
        // A function that fails before a token is made refuses the sign-in.
        MINISTACK_COGNITO_PRETOKEN_STRICT: '1',
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

/** The last lines of the emulator's log, for whoever looks for the reason of a failure. */
export async function readEmulatorLog(directory: string, lines = 60): Promise<string> {
  if (!existsSync(emulatorLogPath(directory))) return '';
  return (await readFile(emulatorLogPath(directory), 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
}

export const emulatorLogPath = (directory: string) => join(directory, 'emulator.log');

async function isResponding(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // It does not listen yet.
    return false;
  }
}
