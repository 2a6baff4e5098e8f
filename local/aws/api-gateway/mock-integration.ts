import * as z from 'zod';
import { parseCorsTemplate } from './cors-template.ts';
import { GatewayError } from './gateway-error.ts';
import type { ApiRequest, HttpResponse, Integration } from './integration.ts';
import { compileParameterMapping, compileTemplateMapping } from './mapping.ts';
import { parseMediaType } from './media-type.ts';

/** The properties of a `MOCK` integration in the template. */
export const mockIntegrationSchema = z.object({
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
type MockIntegration = z.output<typeof mockIntegrationSchema>;

/**
 * Creates an integration without a function: the request template sets a status, which selects the response. `label` names the
 * method in error messages.
 *
 * @throws when a template uses an unsupported feature
 */
export function createMockIntegration(mock: MockIntegration, label: string): Integration {
  const responses = mock.IntegrationResponses.map((response) => ({
    pattern: response.SelectionPattern === undefined ? undefined : new RegExp(`^(?:${response.SelectionPattern})$`),
    render: compileResponse(response, label),
  }));
  const fallback = responses.find(({ pattern }) => !pattern);
  const getStatus = compileRequestStatus(mock, label);
  return (request) => {
    const status = getStatus(request);
    const chosen = responses.find(({ pattern }) => pattern?.test(String(status))) ?? fallback;
    if (!chosen) throw new GatewayError('configuration');
    return chosen.render(request);
  };
}

/** Returns the status for a request. Without a template for its media type, the request is rejected, or its body is used as the template. */
function compileRequestStatus(mock: MockIntegration, label: string): (request: ApiRequest) => number {
  const statuses = new Map(
    Object.entries(mock.RequestTemplates).map(([type, template]) => {
      const status = parseStatus(template);
      if (status === undefined) throw new Error(`The request template of ${label} has no statusCode.`);
      return [type.toLowerCase(), status];
    }),
  );
  const isPassthrough =
    mock.PassthroughBehavior === 'WHEN_NO_MATCH' ||
    (mock.PassthroughBehavior === 'WHEN_NO_TEMPLATES' && statuses.size === 0);
  return ({ headers, body }) => {
    const templateStatus = statuses.get(parseMediaType(headers['content-type']) ?? 'application/json');
    if (templateStatus !== undefined) return templateStatus;
    if (!isPassthrough) throw new GatewayError('unsupportedMediaType');
    const status = parseStatus(body.toString());
    if (status === undefined) throw new GatewayError('configuration');
    return status;
  };
}

/** API Gateway also accepts JSON with unquoted keys here: `{ statusCode: 200 }`. */
function parseStatus(template: string): number | undefined {
  const digits = /["']?statusCode["']?\s*:\s*["']?(\d{3})\b/.exec(template)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function compileResponse(
  response: MockIntegration['IntegrationResponses'][number],
  label: string,
): (request: ApiRequest) => HttpResponse {
  const headers = Object.entries(response.ResponseParameters).flatMap(([target, expression]) => {
    const name = /^method\.response\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [{ name, value: compileParameterMapping(expression, `${target} of ${label}`) }];
  });
  const bodies = Object.entries(response.ResponseTemplates).map(([type, template]) => {
    const override = parseCorsTemplate(template);
    return { type, override, render: override ? () => '' : compileTemplateMapping(template, label) };
  });
  return (request) => {
    const accepted = parseMediaType(request.headers.accept);
    const chosen =
      bodies.find(({ type }) => type === accepted) ??
      bodies.find(({ type }) => type === 'application/json') ??
      bodies[0];
    const responseHeaders = new Map<string, string>([['Content-Type', chosen?.type ?? 'application/json']]);
    for (const { name, value } of headers)
      responseHeaders.set(name.toLowerCase() === 'content-type' ? 'Content-Type' : name, value(request));
    const origin = chosen?.override?.(request);
    if (origin !== undefined) responseHeaders.set('Access-Control-Allow-Origin', origin);
    return { status: response.StatusCode, headers: responseHeaders, body: chosen?.render(request) ?? '' };
  };
}
