import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import {
  fatalMessage,
  PASSWORD_REQUEST,
  readPassword,
  readStartup,
  readTlsResponse,
  type Startup,
  startupMessage,
  TLS_ACCEPTED,
  TLS_REQUEST,
} from './postgres-messages.ts';

/**
 * Both endpoints are on this port of this machine. Which of them a client means is told by the name in its TLS
 * handshake.
 */
export const WRITER_HOST = 'localhost';
export const PROXY_HOST = '127.0.0.1';

/** Somebody who wants in: at the proxy the password is an IAM token. */
export interface SignIn {
  readonly endpoint: 'writer' | 'proxy';
  readonly user: string;
  readonly password: string;
}

/** The cluster's resource id; or a clause that says why there is none. */
export type SignInResult = { readonly cluster: string } | { readonly refusal: string };

export interface RdsOptions {
  readonly tls: LocalCertificate;
  /** Of the PostgreSQL behind them, on 127.0.0.1, which takes TLS only and asks for no password. */
  readonly postgresPort: number;
  readonly checkSignIn: (signIn: SignIn) => Promise<SignInResult>;
  /** The database there that is a cluster's, under the name that clients know. */
  readonly findDatabase: (cluster: string, name: string) => Promise<string>;
  readonly log: (line: string) => void;
}

export interface Rds {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Stands in for the endpoints of Aurora and of RDS Proxy: TLS only, everybody's password checked, and at the proxy only
 * the
 * start-up parameters that RDS Proxy takes. Then the client talks to PostgreSQL itself, where each cluster has its own
 * database; connections are not shared.
 */
export async function startRds(options: RdsOptions): Promise<Rds> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, options).catch((error: Error) => {
      options.log(`rds: ${error.message}`);
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The system gave no port on 127.0.0.1.');
  return {
    port: address.port,
    async stop() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function serve(socket: Socket, { tls, postgresPort, checkSignIn, findDatabase, log }: RdsOptions): Promise<void> {
  const refuse = (client: Duplex, code: string, reason: string) => {
    log(`rds: refused: ${reason}`);
    client.end(fatalMessage(code, reason));
  };
  if ((await readStartup(socket)) !== 'tls') return refuse(socket, '28000', 'This endpoint requires TLS connections');
  socket.write(TLS_ACCEPTED);
  const client = new TLSSocket(socket, { isServer: true, key: tls.key, cert: tls.cert });
  client.on('error', () => socket.destroy());

  const startup = await readStartup(client);
  if (startup === 'tls') throw new Error('A client asks for TLS twice.');
  // An address is never named in a handshake.
  const endpoint = client.servername === WRITER_HOST ? 'writer' : 'proxy';
  const unsupported =
    endpoint === 'writer' ? [] : Object.keys(startup).filter((name) => !PROXY_STARTUP_PARAMETERS.includes(name));
  if (unsupported.length > 0)
    return refuse(client, '0A000', `RDS Proxy does not support the option ${unsupported.join(', ')}`);

  const { user = '', database = user } = startup;
  client.write(PASSWORD_REQUEST);
  const signInResult = await checkSignIn({ endpoint, user, password: await readPassword(client) });
  if ('refusal' in signInResult)
    return refuse(client, '28P01', `The ${endpoint} lets ${user} not in: ${signInResult.refusal}`);

  const clusterDatabase = await findDatabase(signInResult.cluster, database);
  const postgres = await openPostgres(postgresPort, tls.cert, { ...startup, database: clusterDatabase });
  pipeline(client, postgres, client, () => socket.destroy());
}

const PROXY_STARTUP_PARAMETERS = ['user', 'database', 'application_name', 'client_encoding'];

/** PostgreSQL greets the client itself. */
async function openPostgres(port: number, ca: string, startup: Startup): Promise<TLSSocket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(TLS_REQUEST);
  if (!(await readTlsResponse(socket))) throw new Error('The PostgreSQL behind this endpoint takes no TLS.');
  const postgres = connectTls({ socket, ca, servername: 'localhost' });
  await once(postgres, 'secureConnect');
  postgres.write(startupMessage(startup));
  return postgres;
}
