import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { createBundle } from '../../../lib/constructs/functions/create-bundle.ts';
import { type InvokeResult, startLambdaInstance } from '../../../local/aws/lambda/lambda-instance.ts';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import { type ProtocolPoint, type ProtocolProxy, type ProxyTarget, startProtocolProxy } from '../proxy/wire-proxy.ts';

/** A moment on one of a function's ways to its servers. */
export interface KillPoint<Dependency extends string> extends ProtocolPoint {
  readonly dependency: Dependency;
}

/** A function in a process of its own, of which a test sees what it says to its servers. */
export interface KillableFunction<Dependency extends string> {
  invoke(event: unknown): Promise<InvokeResult>;
  /**
   * Kills the process, as a lost host would (SIGKILL), when the invocation comes to that point; undefined then, and its result if it never
   * came there. When this resolves, the servers have done with what they had been asked.
   */
  invokeUntil(point: KillPoint<Dependency>, event: unknown): Promise<InvokeResult | undefined>;
  /** Kills it, if it still runs. Safe to call twice. */
  kill(): Promise<void>;
}

interface Options<Dependency extends string> {
  /** Of `buildFunction`. */
  readonly folder: string;
  readonly dependencies: Readonly<Record<Dependency, ProxyTarget>>;
  readonly certificate: LocalCertificate;
  /** The function's environment; its servers are at these ports of loopback. */
  readonly env: (ports: Readonly<Record<Dependency, number>>) => Readonly<Record<string, string>>;
}

/** Bundles a function of lambdas/entry into a folder of its own in `directory`, as it is deployed, and answers that folder. */
export function bundleFunction(entry: string, directory: string): string {
  const stack = new Stack(new App({ outdir: join(directory, entry) }), 'Function');
  createBundle(entry, []).bind(stack);
  const [bundle] = globSync('asset.*', { cwd: join(directory, entry) });
  if (!bundle) throw new Error(`The function ${entry} has no bundle.`);
  return join(directory, entry, bundle);
}

/** Starts a function behind a proxy for each of its ways. @throws when it cannot be loaded */
export async function startKillableFunction<Dependency extends string>(
  options: Options<Dependency>,
): Promise<KillableFunction<Dependency>> {
  const { folder, dependencies, certificate, env } = options;
  const proxies = new Map<string, ProtocolProxy>();
  for (const [dependency, target] of Object.entries<ProxyTarget>(dependencies))
    proxies.set(dependency, await startProtocolProxy(target, certificate));
  const ports = Object.fromEntries([...proxies].map(([dependency, { port }]) => [dependency, port])) as Record<
    Dependency,
    number
  >;
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    NODE_EXTRA_CA_CERTS: certificate.certPath,
    ...env(ports),
  };
  const output: string[] = [];
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
    (_name, line) => output.push(line),
  );

  const killable: KillableFunction<Dependency> = {
    invoke: (event) => instance.invoke(event, randomUUID()),
    async invokeUntil({ dependency, ...point }, event) {
      let reached = false;
      proxies.get(dependency)?.interceptAt(point, () => {
        reached = true;
        instance.kill();
      });
      const result = await killable.invoke(event);
      await killable.kill();
      return reached ? undefined : result;
    },
    async kill() {
      instance.kill();
      await instance.exited;
      for (const proxy of proxies.values()) {
        await proxy.drained();
        await proxy.stop();
      }
      proxies.clear();
    },
  };
  const loaded = await instance.loaded;
  if (loaded.ok) return killable;
  await killable.kill();
  throw new Error(`The function was not loaded: ${loaded.error.errorMessage}\n${output.join('\n')}`);
}
