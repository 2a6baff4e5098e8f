import * as z from 'zod';
import { originOverride } from './cors-template.ts';
import type { Answer, Exchange, Integration } from './exchange.ts';
import { GatewayFault } from './gateway-fault.ts';
import { parameterMapping, templateMapping } from './mapping.ts';
import { mediaType } from './media-type.ts';

/** A `MOCK` integration, as the template describes it. */
export const mockSchema = z.object({
  Type: z.literal('MOCK'),
  PassthroughBehavior: z.enum(['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER']).default('WHEN_NO_MATCH'),
  RequestTemplates: z.record(z.string(), z.string()).default({}),
  IntegrationResponses: z
    .array(
      z.object({
        StatusCode: z.coerce.number().int(),
        SelectionPattern: z.string().optional(),
        ResponseParameters: z.record(z.string(), z.string()).default({}),
        ResponseTemplates: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default([]),
});
type Mock = z.output<typeof mockSchema>;

/**
 * Answers without a function: the request template gives a status, the status chooses the response.
 *
 * @throws when a template needs more than the local gateway has; `where` names the method
 */
export function mockIntegration(mock: Mock, where: string): Integration {
  const responses = mock.IntegrationResponses.map((response) => ({
    pattern: response.SelectionPattern === undefined ? undefined : new RegExp(`^(?:${response.SelectionPattern})$`),
    render: responseOf(response, where),
  }));
  const fallback = responses.find(({ pattern }) => !pattern);
  const statusFor = requestStatus(mock, where);
  return (exchange) => {
    const status = statusFor(exchange);
    const chosen = responses.find(({ pattern }) => pattern?.test(String(status))) ?? fallback;
    if (!chosen) throw new GatewayFault('configuration');
    return chosen.render(exchange);
  };
}

/** The status for a request; what has no template for its media type is refused, or is itself taken for the template. */
function requestStatus(mock: Mock, where: string): (exchange: Exchange) => number {
  const statuses = new Map(
    Object.entries(mock.RequestTemplates).map(([type, template]) => {
      const status = statusIn(template);
      if (status === undefined) throw new Error(`The request template of ${where} names no statusCode.`);
      return [type.toLowerCase(), status];
    }),
  );
  const passes =
    mock.PassthroughBehavior === 'WHEN_NO_MATCH' ||
    (mock.PassthroughBehavior === 'WHEN_NO_TEMPLATES' && statuses.size === 0);
  return ({ headers, body }) => {
    const known = statuses.get(mediaType(headers['content-type']) ?? 'application/json');
    if (known !== undefined) return known;
    if (!passes) throw new GatewayFault('unsupportedMediaType');
    const status = statusIn(body.toString());
    if (status === undefined) throw new GatewayFault('configuration');
    return status;
  };
}

/** API Gateway reads JSON here that need not be quoted: `{ statusCode: 200 }`. */
function statusIn(template: string): number | undefined {
  const digits = /["']?statusCode["']?\s*:\s*["']?(\d{3})\b/.exec(template)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function responseOf(response: Mock['IntegrationResponses'][number], where: string): (exchange: Exchange) => Answer {
  const headers = Object.entries(response.ResponseParameters).flatMap(([target, expression]) => {
    const name = /^method\.response\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [{ name, value: parameterMapping(expression, `${target} of ${where}`) }];
  });
  const bodies = Object.entries(response.ResponseTemplates).map(([type, template]) => {
    const override = originOverride(template);
    return { type, override, render: override ? () => '' : templateMapping(template, where) };
  });
  return (exchange) => {
    const accepted = mediaType(exchange.headers.accept);
    const chosen =
      bodies.find(({ type }) => type === accepted) ??
      bodies.find(({ type }) => type === 'application/json') ??
      bodies[0];
    const sent = new Map<string, string>([['Content-Type', chosen?.type ?? 'application/json']]);
    for (const { name, value } of headers)
      sent.set(name.toLowerCase() === 'content-type' ? 'Content-Type' : name, value(exchange));
    const origin = chosen?.override?.(exchange);
    if (origin !== undefined) sent.set('Access-Control-Allow-Origin', origin);
    return { status: response.StatusCode, headers: sent, body: chosen?.render(exchange) ?? '' };
  };
}
