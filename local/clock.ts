import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import pg from 'pg';
import { moveClock, readClock } from './postgres/clock.sql.ts';
import { type LocalState, readState } from './state.ts';

const USAGE = `npm run clock -- [<time> | reset]

Moves the clock of the MedBook that runs here, the one that all its rules ask: npm run clock -- 24h lets a day pass (also 30m, 7d).
reset brings it back to the machine's, and without anything it is only read. The machine's own clock is left alone.`;

const UNITS = { m: 60, h: 3_600, d: 86_400 } as const;

try {
  const [wish, ...rest] = process.argv.slice(2);
  if (rest.length > 0) throw new Error(USAGE);
  const state = readState();
  const client = new pg.Client({ connectionString: state.databaseUrl });
  await client.connect();
  try {
    const seconds = wish === undefined ? undefined : wish === 'reset' ? 'reset' : secondsOf(wish);
    if (seconds !== undefined) await moveClock(client, seconds);
    const { now, aheadSeconds } = await readClock(client);
    console.log(`It is ${now.toISOString()} for MedBook, ${inWords(aheadSeconds)}.`);
  } finally {
    await client.end();
  }
  if (wish !== undefined) await runJobs(state);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function secondsOf(time: string): number {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(time) ?? [];
  if (!amount || !isUnit(unit)) throw new Error(`${time} is no time to pass: write 30m, 24h or 7d.\n\n${USAGE}`);
  return Number(amount) * UNITS[unit];
}

function isUnit(text: string | undefined): text is keyof typeof UNITS {
  return text !== undefined && text in UNITS;
}

function inWords(seconds: number): string {
  if (seconds === 0) return "which is the machine's time";
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  return `${hours} h ${minutes} min ahead of the machine`;
}

/** What the clock would bring about within five minutes, at once: holds expire, reminders are written and go out. */
async function runJobs({ lambdaEndpoint: endpoint, region, jobs }: LocalState): Promise<void> {
  const client = new LambdaClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  // Twice, because one may leave something for another that has run already.
  for (const FunctionName of [...jobs, ...jobs]) {
    const { FunctionError } = await client.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    if (FunctionError) throw new Error(`${FunctionName} failed: the functions' log has the reason.`);
  }
  client.destroy();
  console.log('The jobs have run: what is due now is on its way to the mail page.');
}
