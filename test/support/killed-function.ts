import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { bundleOf } from '../../lib/constructs/bundling.ts';
import { type InvokeResult, startLambdaInstance } from '../../local/gateway/lambda-instance.ts';
import type { LocalCertificate } from '../../local/tls.ts';
import { type WirePoint, type WireProxy, type WireTarget, wireProxy } from './wire-proxy.ts';

/** A moment on one of a function's ways to its servers. */
export interface KillPoint<Way extends string> extends WirePoint {
  readonly way: Way;
}

/** A function in a process of its own, of which a test sees what it says to its servers. */
export interface KilledFunction<Way extends string> {
  invoke(event: unknown): Promise<InvokeResult>;
  /**
   * Kills the process, as a lost host would (SIGKILL), when the invocation comes to that point; undefined then, and its result if it never
   * came there. When this resolves, the servers have done with what they had been asked.
   */
  invokeUntil(point: KillPoint<Way>, event: unknown): Promise<InvokeResult | undefined>;
  /** Kills it, if it still runs. Safe to call twice. */
  end(): Promise<void>;
}

interface Options<Way extends string> {
  /** Of `buildFunction`. */
  readonly folder: string;
  readonly ways: Readonly<Record<Way, WireTarget>>;
  readonly certificate: LocalCertificate;
  /** The function's environment; its servers are at these ports of loopback. */
  readonly env: (ports: Readonly<Record<Way, number>>) => Readonly<Record<string, string>>;
}

/** Bundles a function of lambdas/entry into a folder of its own in `directory`, as it is deployed, and answers that folder. */
export function buildFunction(entry: string, directory: string): string {
  const stack = new Stack(new App({ outdir: join(directory, entry) }), 'Function');
  bundleOf(entry, []).bind(stack);
  const [bundle] = globSync('asset.*', { cwd: join(directory, entry) });
  if (!bundle) throw new Error(`The function ${entry} has no bundle.`);
  return join(directory, entry, bundle);
}

/** Starts a function behind a proxy for each of its ways. @throws when it cannot be loaded */
export async function startKilledFunction<Way extends string>(options: Options<Way>): Promise<KilledFunction<Way>> {
  const { folder, ways, certificate, env } = options;
  const proxies = new Map<string, WireProxy>();
  for (const [way, target] of Object.entries<WireTarget>(ways)) proxies.set(way, await wireProxy(target, certificate));
  const ports = Object.fromEntries([...proxies].map(([way, { port }]) => [way, port])) as Record<Way, number>;
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    NODE_EXTRA_CA_CERTS: certificate.certPath,
    ...env(ports),
  };
  const printed: string[] = [];
  const instance = startLambdaInstance(
    {
      name: 'killed-function',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:killed-function',
      folder,
      file: join(folder, 'index.mjs'),
      handler: 'handler',
      environment,
      timeoutSeconds: 29,
      memoryMb: 512,
    },
    environment,
    (_name, line) => printed.push(line),
  );

  const killed: KilledFunction<Way> = {
    invoke: (event) => instance.invoke(event, randomUUID()),
    async invokeUntil({ way, ...point }, event) {
      let reached = false;
      proxies.get(way)?.watchFor(point, () => {
        reached = true;
        instance.kill();
      });
      const result = await killed.invoke(event);
      await killed.end();
      return reached ? undefined : result;
    },
    async end() {
      instance.kill();
      await instance.exited;
      for (const proxy of proxies.values()) {
        await proxy.emptied();
        await proxy.stop();
      }
      proxies.clear();
    },
  };
  const loaded = await instance.loaded;
  if (loaded.ok) return killed;
  await killed.end();
  throw new Error(`The function was not loaded: ${loaded.error.errorMessage}\n${printed.join('\n')}`);
}
