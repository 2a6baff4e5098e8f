import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import {
  createFatalMessage,
  createStartupMessage,
  PASSWORD_REQUEST,
  readPassword,
  readStartup,
  readTlsResponse,
  type Startup,
  TLS_ACCEPTED,
  TLS_REQUEST,
} from './postgres-messages.ts';

/**
 * Both endpoints have the same address and port on this machine. The server name in the TLS handshake distinguishes
 * them.
 */
export const WRITER_HOST = 'localhost';
export const PROXY_HOST = '127.0.0.1';

/** The credentials of a client. The password is an IAM token; at the writer it may be the owner's password. */
export interface SignIn {
  readonly endpoint: 'writer' | 'proxy';
  readonly user: string;
  readonly password: string;
}

/** The resource id of the cluster, or a clause with the reason for the refusal. */
export type SignInResult = { readonly cluster: string } | { readonly refusal: string };

export interface RdsOptions {
  readonly tls: LocalCertificate;
  /** The port of the PostgreSQL server on 127.0.0.1, which accepts TLS only and requires no password. */
  readonly postgresPort: number;
  readonly checkSignIn: (signIn: SignIn) => Promise<SignInResult>;
  /** Returns the name in PostgreSQL of a cluster's database; `name` is the name that clients use. */
  readonly findDatabase: (cluster: string, name: string) => Promise<string>;
  readonly log: (line: string) => void;
}

export interface Rds {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts a substitute for the endpoints of Aurora and RDS Proxy. It accepts TLS only and checks each password. At the
 * proxy it refuses startup parameters that RDS Proxy does not support. Then it connects the client to PostgreSQL, where
 * each cluster has its own database. It does not share connections between clients.
 */
export async function startRds(options: RdsOptions): Promise<Rds> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    handleConnection(socket, options).catch((error: Error) => {
      options.log(`rds: ${error.message}`);
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port on 127.0.0.1.');
  return {
    port: address.port,
    async stop() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function handleConnection(
  socket: Socket,
  { tls, postgresPort, checkSignIn, findDatabase, log }: RdsOptions,
): Promise<void> {
  const refuse = (client: Duplex, code: string, reason: string) => {
    log(`rds: refused: ${reason}`);
    client.end(createFatalMessage(code, reason));
  };
  if ((await readStartup(socket)) !== 'tls') return refuse(socket, '28000', 'This endpoint requires TLS connections');
  socket.write(TLS_ACCEPTED);
  const client = new TLSSocket(socket, { isServer: true, key: tls.key, cert: tls.cert });
  client.on('error', () => socket.destroy());

  const startup = await readStartup(client);
  if (startup === 'tls') throw new Error('The client requested TLS twice.');
  // A client sends a host name in the handshake, but not an IP address.
  const endpoint = client.servername === WRITER_HOST ? 'writer' : 'proxy';
  const unsupported =
    endpoint === 'writer' ? [] : Object.keys(startup).filter((name) => !PROXY_STARTUP_PARAMETERS.includes(name));
  if (unsupported.length > 0)
    return refuse(client, '0A000', `RDS Proxy does not support the option ${unsupported.join(', ')}`);

  const { user = '', database = user } = startup;
  client.write(PASSWORD_REQUEST);
  const signInResult = await checkSignIn({ endpoint, user, password: await readPassword(client) });
  if ('refusal' in signInResult)
    return refuse(client, '28P01', `The ${endpoint} refuses ${user}: ${signInResult.refusal}`);

  const clusterDatabase = await findDatabase(signInResult.cluster, database);
  const postgres = await openPostgres(postgresPort, tls.cert, { ...startup, database: clusterDatabase });
  pipeline(client, postgres, client, () => socket.destroy());
}

const PROXY_STARTUP_PARAMETERS = ['user', 'database', 'application_name', 'client_encoding'];

/** Connects to PostgreSQL and opens the session. Leaves the response of PostgreSQL for the client. */
async function openPostgres(port: number, ca: string, startup: Startup): Promise<TLSSocket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(TLS_REQUEST);
  if (!(await readTlsResponse(socket))) throw new Error('The PostgreSQL server behind this endpoint refuses TLS.');
  const postgres = connectTls({ socket, ca, servername: 'localhost' });
  await once(postgres, 'secureConnect');
  postgres.write(createStartupMessage(startup));
  return postgres;
}
