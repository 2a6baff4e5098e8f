import * as z from 'zod';

const USAGE = `npm run smoke -- <apiUrl>

Sends four read-only requests to a deployed API and exits with 1 if a response is not as expected. The URL is the output ApiUrl of a
stage's Service stack.`;

interface SmokeCheck {
  readonly path: string;
  readonly description: string;
  readonly status: number;
  readonly body: z.ZodType;
}

/** The requests, what each checks, and the expected response. */
const CHECKS: readonly SmokeCheck[] = [
  { path: 'health', description: 'the API responds', status: 200, body: z.object({ status: z.literal('ok') }) },
  {
    path: 'openapi.json',
    description: 'the API is documented',
    status: 200,
    body: z.object({ openapi: z.literal('3.1.0') }),
  },
  {
    path: 'me',
    description: 'an anonymous caller is refused',
    status: 401,
    body: z.object({ status: z.literal(401) }),
  },
  {
    path: 'clinics?limit=1',
    description: 'the database responds',
    status: 200,
    body: z.object({ items: z.array(z.unknown()) }),
  },
];

/** Longer than API Gateway's timeout for a function, so that its error response arrives. */
const TIMEOUT_MILLISECONDS = 35_000;

const [apiUrl = '', ...rest] = process.argv.slice(2);
if (!URL.canParse(apiUrl) || rest.length > 0) {
  console.error(USAGE);
  process.exitCode = 1;
} else {
  const failureCount = await runChecks(apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`);
  console.log(
    failureCount === 0 ? `${apiUrl} works.` : `${apiUrl}: ${failureCount} of ${CHECKS.length} checks failed.`,
  );
  process.exitCode = failureCount === 0 ? 0 : 1;
}

/** Runs all checks, prints a line for each, and returns the number of failed checks. */
async function runChecks(base: string): Promise<number> {
  let failureCount = 0;
  for (const check of CHECKS) {
    const started = performance.now();
    const failure = await findFailure(check, new URL(check.path, base));
    const duration = `${Math.round(performance.now() - started)} ms`;
    console.log(
      `${failure ? 'FAIL ' : 'ok   '}  GET /${check.path.padEnd(16)} ${check.description} (${duration})${failure ?? ''}`,
    );
    if (failure) failureCount++;
  }
  return failureCount;
}

/** Runs a check. Returns the failure as the rest of its line; undefined if it passed. */
async function findFailure({ status, body }: SmokeCheck, url: URL): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS), redirect: 'error' });
    const text = await response.text();
    if (response.status === status && body.safeParse(parseJson(text)).success) return undefined;
    return `: expected ${status}, got ${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return `: ${error instanceof Error ? (error.cause ?? error) : error}`;
  }
}

/** Parses JSON. Returns undefined for any other text, which fails every check. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
