import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { copyBeside } from './copy-beside.ts';

/** How a function becomes one ES module with everything in it; `assets` lie beside it. Bundled here, without Docker. */
export function bundlingOf(assets: readonly string[]): BundlingOptions {
  return {
    format: OutputFormat.ESM,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourceMap: true,
    sourcesContent: false,
    // The tested version rather than Lambda's own, and a shorter cold start.
    bundleAwsSDK: true,
    // pg is CommonJS and calls `require` for Node's own modules, which an ES module does not have.
    banner: "import { createRequire as banner } from 'node:module'; const require = banner(import.meta.url);",
    logLevel: LogLevel.WARNING,
    forceDockerBundling: false,
    ...(assets.length > 0 && { commandHooks: copyBeside(assets) }),
  };
}
