import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { createBundle } from '../../../lib/constructs/functions/create-bundle.ts';
import { type InvokeResult, startLambdaInstance } from '../../../local/aws/lambda/lambda-instance.ts';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import { type InterceptPoint, type ProxyTarget, startTcpProxy, type TcpProxy } from '../proxy/tcp-proxy.ts';

/** A moment in the communication of a function with one of its servers. */
export interface KillPoint<Dependency extends string> extends Required<InterceptPoint> {
  readonly dependency: Dependency;
}

/** A function in a separate process, whose traffic to its servers passes through proxies of the test. */
export interface KillableFunction<Dependency extends string> {
  invoke(event: unknown): Promise<InvokeResult>;
  /**
   * Kills the process (SIGKILL, as when its host is lost) when the invocation reaches the point. Returns undefined then, or the result if the
   * invocation never reached it. When the promise resolves, the servers have finished the requests that they received.
   */
  invokeUntil(point: KillPoint<Dependency>, event: unknown): Promise<InvokeResult | undefined>;
  /** Kills the process if it still runs. Safe to call twice. */
  kill(): Promise<void>;
}

interface Options<Dependency extends string> {
  /** The folder that `bundleFunction` returned. */
  readonly folder: string;
  readonly dependencies: Readonly<Record<Dependency, ProxyTarget>>;
  readonly certificate: LocalCertificate;
  /** Returns the function's environment; its servers listen on these ports of the loopback interface. */
  readonly env: (ports: Readonly<Record<Dependency, number>>) => Readonly<Record<string, string>>;
}

/** Bundles a function of lambdas/entry as for deployment into a new folder in `directory`; returns that folder. */
export function bundleFunction(entry: string, directory: string): string {
  const stack = new Stack(new App({ outdir: join(directory, entry) }), 'Function');
  createBundle(entry, []).bind(stack);
  const [bundle] = globSync('asset.*', { cwd: join(directory, entry) });
  if (!bundle) throw new Error(`The function ${entry} has no bundle.`);
  return join(directory, entry, bundle);
}

/** Starts a function with a proxy in front of each of its servers. @throws if the function cannot be loaded */
export async function startKillableFunction<Dependency extends string>(
  options: Options<Dependency>,
): Promise<KillableFunction<Dependency>> {
  const { folder, dependencies, certificate, env } = options;
  const proxies = new Map<string, TcpProxy>();
  for (const [dependency, target] of Object.entries<ProxyTarget>(dependencies))
    proxies.set(dependency, await startTcpProxy(target, certificate));
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
      proxies.get(dependency)?.interceptOnce(point, 'block', () => {
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
