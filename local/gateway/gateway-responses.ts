import * as z from 'zod';
import type { Answer, Exchange } from './exchange.ts';
import type { GatewayFault } from './gateway-fault.ts';
import { parameterMapping, templateMapping } from './mapping.ts';
import { mediaType } from './media-type.ts';

/** An `AWS::ApiGateway::GatewayResponse`. */
export const gatewayResponseSchema = z.object({
  RestApiId: z.string(),
  ResponseType: z.string(),
  StatusCode: z.coerce.number().int().optional(),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
});
type Definition = z.output<typeof gatewayResponseSchema>;

const DEFAULT_TEMPLATE = { 'application/json': '{"message":$context.error.messageString}' };

/** Gives every fault the answer that the template defines for it, else that of `DEFAULT_4XX` or `DEFAULT_5XX`. */
export function gatewayResponses(
  definitions: readonly Definition[],
): (fault: GatewayFault, exchange: Exchange) => Answer {
  const byType = new Map(definitions.map((definition) => [definition.ResponseType, compile(definition)]));
  const builtIn = compile({
    RestApiId: '',
    ResponseType: 'the built-in response',
    ResponseParameters: {},
    ResponseTemplates: {},
  });
  return (fault, exchange) => {
    const family = fault.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
    return (byType.get(fault.responseType) ?? byType.get(family) ?? builtIn)(fault, exchange);
  };
}

function compile(definition: Definition): (fault: GatewayFault, exchange: Exchange) => Answer {
  const where = `the gateway response ${definition.ResponseType}`;
  const headers = Object.entries(definition.ResponseParameters).flatMap(([target, expression]) => {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [{ name, value: parameterMapping(expression, `${target} of ${where}`) }];
  });
  const given = Object.entries(definition.ResponseTemplates);
  const bodies = (given.length > 0 ? given : Object.entries(DEFAULT_TEMPLATE)).map(([type, template]) => ({
    type,
    render: templateMapping(template, where),
  }));
  return (fault, exchange) => {
    const accepted = mediaType(exchange.headers.accept);
    const body = bodies.find(({ type }) => type === accepted) ?? bodies[0];
    const sent = new Map<string, string>();
    if (body) sent.set('Content-Type', body.type);
    for (const { name, value } of headers)
      sent.set(name.toLowerCase() === 'content-type' ? 'Content-Type' : name, value(exchange, fault));
    return { status: definition.StatusCode ?? fault.status, headers: sent, body: body?.render(exchange, fault) ?? '' };
  };
}
