import * as z from 'zod';
import type { GatewayError } from './gateway-error.ts';
import type { ApiRequest, HttpResponse } from './integration.ts';
import { compileParameterMapping, compileTemplateMapping } from './mapping.ts';
import { parseMediaType } from './media-type.ts';

/** The `x-amazon-apigateway-gateway-responses` of a document, by type. */
export const gatewayResponsesSchema = z.record(
  z.string(),
  z.object({
    statusCode: z.coerce.number().int().optional(),
    responseParameters: z.record(z.string(), z.string()).default({}),
    responseTemplates: z.record(z.string(), z.string()).default({}),
  }),
);
type GatewayResponses = z.output<typeof gatewayResponsesSchema>;

const DEFAULT_TEMPLATE = { 'application/json': '{"message":$context.error.messageString}' };

/** Returns a function that builds the response to an error: the document's response for its type, else that for `DEFAULT_4XX` or `DEFAULT_5XX`. */
export function createGatewayResponses(
  definitions: GatewayResponses,
): (error: GatewayError, request: ApiRequest) => HttpResponse {
  const byType = new Map(
    Object.entries(definitions).map(([type, definition]) => [type, compileGatewayResponse(type, definition)]),
  );
  const builtInResponse = compileGatewayResponse('(built in)', { responseParameters: {}, responseTemplates: {} });
  return (error, request) => {
    const family = error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
    return (byType.get(error.responseType) ?? byType.get(family) ?? builtInResponse)(error, request);
  };
}

function compileGatewayResponse(
  type: string,
  definition: GatewayResponses[string],
): (error: GatewayError, request: ApiRequest) => HttpResponse {
  const label = `the gateway response ${type}`;
  const headers = Object.entries(definition.responseParameters).flatMap(([target, expression]) => {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [{ name, value: compileParameterMapping(expression, `${target} of ${label}`) }];
  });
  const ownTemplates = Object.entries(definition.responseTemplates);
  const bodies = (ownTemplates.length > 0 ? ownTemplates : Object.entries(DEFAULT_TEMPLATE)).map(
    ([type, template]) => ({
      type,
      render: compileTemplateMapping(template, label),
    }),
  );
  return (error, request) => {
    const accepted = parseMediaType(request.headers.accept);
    const body = bodies.find(({ type }) => type === accepted) ?? bodies[0];
    const responseHeaders = new Map<string, string>();
    if (body) responseHeaders.set('Content-Type', body.type);
    for (const { name, value } of headers)
      responseHeaders.set(name.toLowerCase() === 'content-type' ? 'Content-Type' : name, value(request, error));
    return {
      status: definition.statusCode ?? error.status,
      headers: responseHeaders,
      body: body?.render(request, error) ?? '',
    };
  };
}
