// Every relative link in the documents leads to a file, and its #fragment to a heading there. Links to other hosts are not followed.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const DOCUMENTS = ['*.md', '.github/*.md', 'docs/**/*.md'];
const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)/gm;
const CODE = /^( {0,3})(`{3,}|~{3,})[\s\S]*?^ {0,3}\2|(`+)(?!`)[\s\S]*?[^`]\3(?!`)/gm;

/** The anchors of a document's headings, as GitHub derives them. */
function listAnchors(text) {
  const anchors = new Set();
  for (const [, heading] of text.replace(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[`*]/g, '')
      .toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replace(/ /g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function findProblem(document, link) {
  const [path, fragment] = decodeURI(link).split('#');
  const target = path ? normalize(join(dirname(document), path)) : document;
  if (!existsSync(target)) return `there is no ${target}`;
  if (!fragment || !target.endsWith('.md')) return undefined;
  return listAnchors(readFileSync(target, 'utf8')).has(fragment) ? undefined : `${target} has no heading #${fragment}`;
}

let linkCount = 0;
const problems = [];
const documents = globSync(DOCUMENTS).sort();
for (const document of documents) {
  for (const [, inline, reference] of readFileSync(document, 'utf8').replace(CODE, '').matchAll(LINK)) {
    const link = inline ?? reference;
    if (/^[a-z][a-z+.-]*:/i.test(link)) continue;
    linkCount += 1;
    const problem = findProblem(document, link);
    if (problem) problems.push(`${document}: ${link}: ${problem}.`);
  }
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`All ${linkCount} links in ${documents.length} documents are valid.`);
}
