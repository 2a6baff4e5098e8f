import * as z from 'zod';
import type { GatewayError } from './gateway-error.ts';
import type { ApiRequest, HttpResponse } from './integration.ts';
import { compileParameterMapping, compileTemplateMapping } from './mapping.ts';
import { parseMediaType } from './media-type.ts';

/** The properties of an `AWS::ApiGateway::GatewayResponse`. */
export const gatewayResponseSchema = z.object({
  RestApiId: z.string(),
  ResponseType: z.string(),
  StatusCode: z.coerce.number().int().optional(),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
});
type GatewayResponseDefinition = z.output<typeof gatewayResponseSchema>;

const DEFAULT_TEMPLATE = { 'application/json': '{"message":$context.error.messageString}' };

/** Returns a function that builds the response to an error: the template's response for its type, else that for `DEFAULT_4XX` or `DEFAULT_5XX`. */
export function createGatewayResponses(
  definitions: readonly GatewayResponseDefinition[],
): (error: GatewayError, request: ApiRequest) => HttpResponse {
  const byType = new Map(
    definitions.map((definition) => [definition.ResponseType, compileGatewayResponse(definition)]),
  );
  const builtInResponse = compileGatewayResponse({
    RestApiId: '',
    ResponseType: 'the built-in response',
    ResponseParameters: {},
    ResponseTemplates: {},
  });
  return (error, request) => {
    const family = error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
    return (byType.get(error.responseType) ?? byType.get(family) ?? builtInResponse)(error, request);
  };
}

function compileGatewayResponse(
  definition: GatewayResponseDefinition,
): (error: GatewayError, request: ApiRequest) => HttpResponse {
  const label = `the gateway response ${definition.ResponseType}`;
  const headers = Object.entries(definition.ResponseParameters).flatMap(([target, expression]) => {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [{ name, value: compileParameterMapping(expression, `${target} of ${label}`) }];
  });
  const ownTemplates = Object.entries(definition.ResponseTemplates);
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
      status: definition.StatusCode ?? error.status,
      headers: responseHeaders,
      body: body?.render(request, error) ?? '',
    };
  };
}
