/** A resource of the API that has methods, by the path that the template gives it. */
export interface Route<Method> {
  readonly resourceId: string;
  readonly resource: string;
  readonly methods: ReadonlyMap<string, Method>;
}

export interface RouteMatch<Method> {
  readonly route: Route<Method>;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Node<Method> {
  readonly children: Map<string, Node<Method>>;
  parameter?: { readonly name: string; readonly node: Node<Method> };
  greedy?: { readonly name: string; readonly route: Route<Method> };
  route?: Route<Method>;
}

/**
 * Finds the resource of a path, given as decoded segments. A fixed part wins over a parameter, a parameter over a greedy
 * one; an empty segment matches nothing.
 */
export function routeTable<Method>(
  routes: readonly Route<Method>[],
): (segments: readonly string[]) => RouteMatch<Method> | undefined {
  const root: Node<Method> = { children: new Map() };
  for (const route of routes) add(root, route);
  return (segments) => find(root, segments, 0, []);
}

function add<Method>(root: Node<Method>, route: Route<Method>): void {
  let node = root;
  for (const part of route.resource.split('/').filter((one) => one !== '')) {
    const [, name, plus] = /^\{(.+?)(\+)?\}$/.exec(part) ?? [];
    if (name !== undefined && plus) {
      node.greedy = { name, route };
      return;
    }
    node = name === undefined ? child(node, part) : parameterOf(node, name);
  }
  node.route = route;
}

function child<Method>(node: Node<Method>, part: string): Node<Method> {
  const found = node.children.get(part) ?? { children: new Map() };
  node.children.set(part, found);
  return found;
}

function parameterOf<Method>(node: Node<Method>, name: string): Node<Method> {
  node.parameter ??= { name, node: { children: new Map() } };
  return node.parameter.node;
}

function find<Method>(
  node: Node<Method>,
  segments: readonly string[],
  at: number,
  found: readonly (readonly [string, string])[],
): RouteMatch<Method> | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.route && { route: node.route, parameters: new Map(found) };
  if (segment === '') return undefined;
  const { parameter, greedy } = node;
  const fixed = node.children.get(segment);
  return (
    (fixed && find(fixed, segments, at + 1, found)) ??
    (parameter && find(parameter.node, segments, at + 1, [...found, [parameter.name, segment]])) ??
    (greedy && {
      route: greedy.route,
      parameters: new Map([...found, [greedy.name, segments.slice(at).join('/')]]),
    })
  );
}
