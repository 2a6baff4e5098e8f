import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALARM_RULES } from '../../../lib/constructs/monitoring/alarm-rules.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const runbook = readFileSync(`${PROJECT}/docs/runbook.md`, 'utf8');
const [, alarms = ''] = /^## Alarms$(.*?)(?=^## )/ms.exec(`${runbook}\n## `) ?? [];
const sections = alarms.split(/^### /m).slice(1);
const headings = sections.map((section) => section.split('\n')[0]);

// The budget is not a CloudWatch alarm, but notifies through the same topic.
const ALARM_NAMES = [...Object.keys(ALARM_RULES), 'Spend'];

describe('the runbook', () => {
  it('has a section for every alarm, and no other', () => {
    expect([...headings].sort()).toEqual([...ALARM_NAMES].sort());
  });

  it.each(sections)('has the parts Means, Look and Do: %s', (section) => {
    for (const part of ['**Means:**', '**Look:**', '**Do:**']) expect(section).toContain(part);
  });
});

describe.each(globSync('docs/*.md', { cwd: PROJECT }))('%s', (document) => {
  it('names only files and folders that exist', () => {
    const text = readFileSync(`${PROJECT}/${document}`, 'utf8');
    const namedPaths = [...text.matchAll(/`((?:bin|lib|lambdas|migrations|local|test|docs)\/[\w./-]+)`/g)];
    expect(namedPaths.length).toBeGreaterThan(0);
    for (const [, path] of namedPaths) expect(existsSync(`${PROJECT}/${path}`), path).toBe(true);
  });
});
