import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import pg from 'pg';
import { moveClock, readClock } from './postgres/clock.sql.ts';
import { type LocalState, readState } from './system/local-state.ts';

const USAGE = `npm run clock -- [<time> | reset]

Moves the clock of the local MedBook, which all its rules use: npm run clock -- 24h moves it forward by a day (also 30m, 7d).
reset sets it back to the machine's time; without an argument the command only prints the time. The machine's own clock
does not change.`;

const UNIT_SECONDS = { m: 60, h: 3_600, d: 86_400 } as const;

try {
  const [argument, ...rest] = process.argv.slice(2);
  if (rest.length > 0) throw new Error(USAGE);
  const state = readState();
  const client = new pg.Client({ connectionString: state.databaseUrl });
  await client.connect();
  try {
    const seconds = argument === undefined ? undefined : argument === 'reset' ? 'reset' : parseSeconds(argument);
    if (seconds !== undefined) await moveClock(client, seconds);
    const { now, aheadSeconds } = await readClock(client);
    console.log(`MedBook's clock shows ${now.toISOString()}, ${formatOffset(aheadSeconds)}.`);
  } finally {
    await client.end();
  }
  if (argument !== undefined) await runJobs(state);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function parseSeconds(time: string): number {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(time) ?? [];
  if (!amount || !isUnit(unit))
    throw new Error(`${time} is not a valid duration: use for example 30m, 24h or 7d.\n\n${USAGE}`);
  return Number(amount) * UNIT_SECONDS[unit];
}

function isUnit(text: string | undefined): text is keyof typeof UNIT_SECONDS {
  return text !== undefined && text in UNIT_SECONDS;
}

function formatOffset(seconds: number): string {
  if (seconds === 0) return "the same as the machine's";
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  return `${hours} h ${minutes} min ahead of the machine`;
}

/** Runs the frequent jobs at once instead of within five minutes: they expire holds and send due reminders. */
async function runJobs({ lambdaEndpoint: endpoint, region, jobs }: LocalState): Promise<void> {
  const client = new LambdaClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  // Twice, because a job may create work for another job that has already run.
  for (const FunctionName of [...jobs, ...jobs]) {
    const { FunctionError } = await client.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    if (FunctionError) throw new Error(`${FunctionName} failed: see medbook.log in the data folder for the reason.`);
  }
  client.destroy();
  console.log('The jobs have run: messages that are due now will appear on the message page.');
}
