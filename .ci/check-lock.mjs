// Every package of package-lock.json has `integrity`, and no entry names the host of a registry.
// `npm ci` installs a package without `integrity` unverified, and a host is reachable only where it was written.
import { readFileSync } from 'node:fs';

const path = process.argv[2] ?? 'package-lock.json';
const { packages } = JSON.parse(readFileSync(path, 'utf8'));
const problems = Object.entries(packages).flatMap(([name, { integrity, resolved, link, inBundle }]) => {
  const isOwn = !name.includes('node_modules/'); // The root and the workspaces.
  const found = [];
  if (!integrity && !isOwn && !link && !inBundle) found.push(`${name} has no integrity.`);
  if (/^[a-z+]+:/.test(resolved ?? '')) found.push(`${name} names a host: ${resolved}`);
  return found;
});
if (problems.length > 0) {
  console.error(`${problems.join('\n')}\nWrite ${path} again as CONTRIBUTING.md says under "Dependencies".`);
  process.exitCode = 1;
} else {
  console.log(`${path}: ${Object.keys(packages).length} entries, all with integrity and without a host.`);
}
