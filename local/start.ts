import { parseArgs } from 'node:util';
import { LOCAL_FOLDER, type LocalState } from './system/local-state.ts';
import { createProgress, formatSeconds } from './system/progress.ts';
import { startSystem } from './system/system.ts';

const USAGE =
  'npm start [-- [--fresh] [--no-rate-limits]]     PORT=3000 sets the port, --fresh deletes the data, ' +
  '--no-rate-limits turns off the limits on requests and bookings.';
const DEFAULT_PORT = 3000;

const startedAt = performance.now();
const installMilliseconds = Number(process.env.INSTALL_MILLISECONDS ?? 0);
const disposables = new AsyncDisposableStack();

// Ctrl-C stops everything in order. Pressed again, it exits at once, and the servers' orphan guards stop what is left.
const REPEATED_SIGNAL_MILLISECONDS = 1_000;
let isStopping = false;
let stopRequestedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, async () => {
    // One Ctrl-C may arrive twice: from the terminal, and forwarded by the parent process.
    if (isStopping && performance.now() - stopRequestedAt < REPEATED_SIGNAL_MILLISECONDS) return;
    if (isStopping) process.exit(1);
    isStopping = true;
    stopRequestedAt = performance.now();
    console.log('\nStopping …');
    await disposables.disposeAsync();
    process.exit(0);
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  const progress = createProgress((line) => isStopping || console.log(line));
  if (installMilliseconds > 0)
    console.log(`  ✓ ${'Packages installed'.padEnd(44)}${formatSeconds(installMilliseconds)}`);
  const limits = !options['no-rate-limits'];
  const port = parsePort(process.env.PORT);
  const state = await startSystem({ folder: LOCAL_FOLDER, port, fresh: options.fresh, limits, progress }, disposables);
  console.log(formatSummary(state, { folder: LOCAL_FOLDER, limits }));
} catch (error) {
  if (!isStopping) {
    console.error(`\n${error instanceof Error ? error.message : error}`);
    await disposables.disposeAsync();
    process.exit(1);
  }
}

function parseOptions(args: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args, options: { fresh: flag, 'no-rate-limits': flag } }).values;
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n${USAGE}`, { cause });
  }
}

function parsePort(text: string | undefined): number {
  const port = text ? Number(text) : DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT is ${text}, but must be a number from 0 to 65535.`);
  return port;
}

function formatSummary(state: LocalState, { folder, limits }: { folder: string; limits: boolean }): string {
  const installNote =
    installMilliseconds > 0 ? `, plus ${formatSeconds(installMilliseconds).trim()} for installing packages` : '';
  const accounts = state.accounts.map(
    ({ role, email, password }) => `  ${role.padEnd(9)} ${email.padEnd(32)} ${password}`,
  );
  return `
Ready after ${formatSeconds(performance.now() - startedAt).trim()}${installNote}.

  API        ${state.apiUrl}
  Docs       ${state.docsUrl}
  Messages   ${state.mailUrl}   (emails, SMS, confirmation codes)
  Cognito    ${state.cognitoEndpoint}   (client ${state.userPoolClientId}, of staff ${state.staffUserPoolClientId})
  Redis      ${state.redisUrl ?? 'none: MedBook reads free times from PostgreSQL'}
  Limits     ${describeLimits(state, limits)}

Demo accounts
${accounts.join('\n')}

  npm run --silent token -- <email>   prints an access token
  ${folder}/state.json contains these addresses and accounts, ${folder}/medbook.log the functions' logs.
  Ctrl-C stops everything.`;
}

function describeLimits({ redisUrl }: LocalState, limits: boolean): string {
  if (!limits) return 'none (--no-rate-limits)';
  return redisUrl === null
    ? 'on bookings; requests are not limited without Redis'
    : 'on requests and on bookings, as when deployed';
}
