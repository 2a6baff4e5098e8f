import type { CaughtMessage } from './caught-message.ts';

/** The content security policy: no external content and no scripts, neither on the page nor in the email frames, which inherit it. */
export const MESSAGE_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'";

/** Returns the HTML page of the messages, in the order passed. Their content is escaped, and HTML is shown in a sandboxed frame. */
export function renderMessagePage(messages: readonly CaughtMessage[]): string {
  const list = messages.map(renderArticle).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>MedBook messages (${messages.length})</title>
<style>${STYLE}</style>
<header><h1>Messages</h1><a href="/">Reload</a></header>
<main>${list || '<p class="none">No messages yet. Emails and SMS that MedBook sends appear here.</p>'}</main>
</html>`;
}

function renderArticle({
  id,
  at,
  channel,
  from,
  to,
  subject,
  text,
  html,
  attachments,
  tags,
  headers,
}: CaughtMessage): string {
  const preview = html && renderFrame(html, text);
  const plain = text && `<pre>${escapeHtml(text)}</pre>`;
  const body =
    preview && plain ? `${preview}<details><summary>Text</summary>${plain}</details>` : preview || plain || '';
  const files = attachments.map(
    ({ name }, index) => `<a href="/messages/${escapeHtml(id)}/attachments/${index}" download>${escapeHtml(name)}</a>`,
  );
  const tagLabels = Object.entries(tags).map(
    ([name, value]) => `<code>${escapeHtml(name)}=${escapeHtml(value)}</code>`,
  );
  return `<article class="of-${channel}">
<h2><span class="${channel}">${channel === 'sms' ? 'SMS' : 'Email'}</span> ${escapeHtml(subject ?? '')}</h2>
<p class="about">${escapeHtml(to.join(', '))}${from ? ` · from ${escapeHtml(from)}` : ''} · <time>${escapeHtml(at.slice(0, 19).replace('T', ' '))}</time></p>
${body}
<p class="files">${[...files, ...renderUnsubscribeLink(headers), ...tagLabels].join(' ')}</p>
</article>`;
}

/** Estimates the frame's height from the lines of the text, because it cannot be measured without scripts. */
function renderFrame(html: string, text = ''): string {
  const height = Math.round(8 + 1.9 * text.split('\n').length);
  return `<iframe sandbox title="HTML" style="height: ${height}rem" srcdoc="${escapeHtml(html)}"></iframe>`;
}

/** Returns the link that email programs show as an unsubscribe button. */
function renderUnsubscribeLink(headers: CaughtMessage['headers']): string[] {
  const [, url] = /^<(https?:[^>]+)>/.exec(headers?.['list-unsubscribe'] ?? '') ?? [];
  return url ? [`<a href="${escapeHtml(url)}">List-Unsubscribe</a>`] : [];
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
article { border: 1px solid #8886; border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1rem; }
.about, .files, .none { color: #777; font-size: .875rem; margin: .25rem 0; overflow-wrap: anywhere; }
.email, .sms { color: #fff; font-size: .75rem; border-radius: .25rem; padding: .1rem .4rem; }
.email { background: #2563a8; } .sms { background: #2b7a4b; }
iframe { width: 100%; min-height: 16rem; border: 0; border-radius: .25rem; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }
.of-sms pre { font: inherit; color: #fff; background: #2b7a4b; border-radius: 1rem 1rem 1rem .25rem; padding: .5rem .9rem; width: fit-content; max-width: 22rem; }
`;
