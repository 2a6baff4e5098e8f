import { parseArgs } from 'node:util';
import { progressTo, seconds } from './progress.ts';
import { LOCAL_FOLDER, type LocalState } from './state.ts';
import { startSystem } from './system.ts';

const USAGE =
  'npm start [-- [--fresh] [--no-rate-limits]]     PORT=3000 chooses the port, --fresh empties the data, ' +
  '--no-rate-limits lets everybody ask and book as often as they like.';
const DEFAULT_PORT = 3000;

const started = performance.now();
const installed = Number(process.env.INSTALL_MILLISECONDS ?? 0);
const stack = new AsyncDisposableStack();

// Ctrl-C stops everything in order; pressed again, it stops waiting for that. The servers' guards end what is left.
const AGAIN_MILLISECONDS = 1_000;
let stopping = false;
let askedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, async () => {
    // One Ctrl-C may arrive twice: from the terminal, and passed on by who started us.
    if (stopping && performance.now() - askedAt < AGAIN_MILLISECONDS) return;
    if (stopping) process.exit(1);
    stopping = true;
    askedAt = performance.now();
    console.log('\nStopping …');
    await stack.disposeAsync();
    process.exit(0);
  });
}

try {
  const options = optionsOf(process.argv.slice(2));
  const progress = progressTo((line) => stopping || console.log(line));
  if (installed > 0) console.log(`  ✓ ${'Packages installed'.padEnd(44)}${seconds(installed)}`);
  const limits = !options['no-rate-limits'];
  const port = portOf(process.env.PORT);
  const state = await startSystem({ folder: LOCAL_FOLDER, port, fresh: options.fresh, limits, progress }, stack);
  console.log(summary(state, { folder: LOCAL_FOLDER, limits }));
} catch (error) {
  if (!stopping) {
    console.error(`\n${error instanceof Error ? error.message : error}`);
    await stack.disposeAsync();
    process.exit(1);
  }
}

function optionsOf(args: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args, options: { fresh: flag, 'no-rate-limits': flag } }).values;
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n${USAGE}`, { cause });
  }
}

function portOf(text: string | undefined): number {
  const port = text ? Number(text) : DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT is ${text}, and must be a number from 0 to 65535.`);
  return port;
}

function summary(state: LocalState, { folder, limits }: { folder: string; limits: boolean }): string {
  const took = `Ready after ${seconds(performance.now() - started).trim()}${installed > 0 ? `, and ${seconds(installed).trim()} before that for installing packages` : ''}.`;
  const accounts = state.accounts.map(
    ({ role, email, password }) => `  ${role.padEnd(9)} ${email.padEnd(32)} ${password}`,
  );
  return `
${took}

  API        ${state.apiUrl}
  Docs       ${state.docsUrl}
  Mail       ${state.mailUrl}   (mails, text messages, confirmation codes)
  Cognito    ${state.cognitoEndpoint}   (client ${state.userPoolClientId})
  Redis      ${state.redisUrl ?? 'none: MedBook runs from SQL'}
  Limits     ${limitsIn(state, limits)}

Demo accounts
${accounts.join('\n')}

  npm run --silent token -- <email>   prints an access token
  ${folder}/state.json has all of this, ${folder}/medbook.log the functions' logs.
  Ctrl-C stops everything.`;
}

function limitsIn({ redisUrl }: LocalState, limits: boolean): string {
  if (!limits) return 'none (--no-rate-limits)';
  return redisUrl === null
    ? 'on bookings; requests are counted in Redis'
    : 'on requests and on bookings, as when deployed';
}
