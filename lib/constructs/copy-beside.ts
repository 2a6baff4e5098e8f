import { basename, join } from 'node:path';
import type { ICommandHooks } from 'aws-cdk-lib/aws-lambda-nodejs';

/** Copies files and folders of the project beside a bundle. They count for its hash, so a changed one deploys the function again. */
export function copyBeside(paths: readonly string[]): ICommandHooks {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (project, bundle) =>
      paths.map((path) => `cp -R ${quoted(join(project, path))} ${quoted(join(bundle, basename(path)))}`),
  };
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
