import * as z from 'zod';

const USAGE = `npm run smoke -- <apiUrl>

Asks a deployed API four questions that change nothing, and ends with 1 if an answer is not the one that it should be. The URL is the
output ApiUrl of a stage's Service stack.`;

interface Check {
  readonly ask: string;
  readonly tells: string;
  readonly status: number;
  readonly body: z.ZodType;
}

/** What is asked, what it tells, and the answer that it must get. */
const CHECKS: readonly Check[] = [
  { ask: 'health', tells: 'the API answers', status: 200, body: z.object({ status: z.literal('ok') }) },
  { ask: 'openapi.json', tells: 'it describes itself', status: 200, body: z.object({ openapi: z.literal('3.1.0') }) },
  { ask: 'me', tells: 'a stranger is refused', status: 401, body: z.object({ status: z.literal(401) }) },
  {
    ask: 'clinics?limit=1',
    tells: 'the database answers',
    status: 200,
    body: z.object({ items: z.array(z.unknown()) }),
  },
];

/** Longer than API Gateway waits for a function: then the answer is its own. */
const TIMEOUT_MILLISECONDS = 35_000;

const [apiUrl = '', ...rest] = process.argv.slice(2);
if (!URL.canParse(apiUrl) || rest.length > 0) {
  console.error(USAGE);
  process.exitCode = 1;
} else {
  const failed = await smoke(apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`);
  console.log(failed === 0 ? `${apiUrl} works.` : `${apiUrl}: ${failed} of ${CHECKS.length} answers are wrong.`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** Asks everything, prints a line for each answer, and answers how many are wrong. */
async function smoke(base: string): Promise<number> {
  let failed = 0;
  for (const check of CHECKS) {
    const started = performance.now();
    const fault = await faultOf(check, new URL(check.ask, base));
    const took = `${Math.round(performance.now() - started)} ms`;
    console.log(`${fault ? 'WRONG' : 'ok   '}  GET /${check.ask.padEnd(16)} ${check.tells} (${took})${fault ?? ''}`);
    if (fault) failed++;
  }
  return failed;
}

/** What is wrong with the answer, as the rest of a line; undefined when nothing is. No answer at all is wrong too. */
async function faultOf({ status, body }: Check, url: URL): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS), redirect: 'error' });
    const text = await response.text();
    if (response.status === status && body.safeParse(jsonOf(text)).success) return undefined;
    return `: expected ${status}, got ${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return `: ${error instanceof Error ? (error.cause ?? error) : error}`;
  }
}

/** The JSON in an answer; undefined for what is none, which no check takes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
