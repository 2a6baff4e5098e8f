import * as z from 'zod';
import { parseCorsTemplate } from './cors-template.ts';
import { GatewayError } from './gateway-error.ts';
import type { ApiRequest, HttpResponse, Integration } from './integration.ts';
import { compileParameterMapping, compileTemplateMapping } from './mapping.ts';
import { parseMediaType } from './media-type.ts';

/** The `x-amazon-apigateway-integration` of an operation that calls nothing. */
export const mockIntegrationSchema = z.object({
  type: z.literal('mock'),
  passthroughBehavior: z.enum(['when_no_match', 'when_no_templates', 'never']).default('when_no_match'),
  requestTemplates: z.record(z.string(), z.string()).default({}),
  /** By a pattern of statuses; `default` applies to all others. */
  responses: z
    .record(
      z.string(),
      z.object({
        statusCode: z.coerce.number().int(),
        responseParameters: z.record(z.string(), z.string()).default({}),
        responseTemplates: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default({}),
});
type MockIntegration = z.output<typeof mockIntegrationSchema>;

/**
 * Creates an integration without a function: the request template sets a status, which selects the response. `label` names the
 * operation in error messages.
 *
 * @throws when a template uses an unsupported feature
 */
export function createMockIntegration(mock: MockIntegration, label: string): Integration {
  const responses = Object.entries(mock.responses).map(([pattern, response]) => ({
    pattern: pattern === 'default' ? undefined : new RegExp(`^(?:${pattern})$`),
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
    Object.entries(mock.requestTemplates).map(([type, template]) => {
      const status = parseStatus(template);
      if (status === undefined) throw new Error(`The request template of ${label} has no statusCode.`);
      return [type.toLowerCase(), status];
    }),
  );
  const isPassthrough =
    mock.passthroughBehavior === 'when_no_match' ||
    (mock.passthroughBehavior === 'when_no_templates' && statuses.size === 0);
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
  response: MockIntegration['responses'][string],
  label: string,
): (request: ApiRequest) => HttpResponse {
  const headers = Object.entries(response.responseParameters).flatMap(([target, expression]) => {
    const name = /^method\.response\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [{ name, value: compileParameterMapping(expression, `${target} of ${label}`) }];
  });
  const bodies = Object.entries(response.responseTemplates).map(([type, template]) => {
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
    return { status: response.statusCode, headers: responseHeaders, body: chosen?.render(request) ?? '' };
  };
}
