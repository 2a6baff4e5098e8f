/** A resource of the API with methods; `resource` is its path in the document. */
export interface Route<Method> {
  readonly resource: string;
  readonly methods: ReadonlyMap<string, Method>;
}

/** A matched route with the values of its path parameters. */
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
 * Returns a function that finds the route of a path, passed as decoded segments. A fixed part takes precedence over a
 * parameter, and a parameter over a greedy one; an empty segment matches nothing.
 */
export function createRouteMatcher<Method>(
  routes: readonly Route<Method>[],
): (segments: readonly string[]) => RouteMatch<Method> | undefined {
  const root: Node<Method> = { children: new Map() };
  for (const route of routes) addRoute(root, route);
  return (segments) => match(root, segments, 0, []);
}

function addRoute<Method>(root: Node<Method>, route: Route<Method>): void {
  let node = root;
  for (const part of route.resource.split('/').filter((one) => one !== '')) {
    const [, name, plus] = /^\{(.+?)(\+)?\}$/.exec(part) ?? [];
    if (name !== undefined && plus) {
      node.greedy = { name, route };
      return;
    }
    node = name === undefined ? getOrAddChild(node, part) : getOrAddParameter(node, name);
  }
  node.route = route;
}

function getOrAddChild<Method>(node: Node<Method>, part: string): Node<Method> {
  const found = node.children.get(part) ?? { children: new Map() };
  node.children.set(part, found);
  return found;
}

function getOrAddParameter<Method>(node: Node<Method>, name: string): Node<Method> {
  node.parameter ??= { name, node: { children: new Map() } };
  return node.parameter.node;
}

function match<Method>(
  node: Node<Method>,
  segments: readonly string[],
  index: number,
  parameters: readonly (readonly [string, string])[],
): RouteMatch<Method> | undefined {
  const segment = segments[index];
  if (segment === undefined) return node.route && { route: node.route, parameters: new Map(parameters) };
  if (segment === '') return undefined;
  const { parameter, greedy } = node;
  const fixed = node.children.get(segment);
  return (
    (fixed && match(fixed, segments, index + 1, parameters)) ??
    (parameter && match(parameter.node, segments, index + 1, [...parameters, [parameter.name, segment]])) ??
    (greedy && {
      route: greedy.route,
      parameters: new Map([...parameters, [greedy.name, segments.slice(index).join('/')]]),
    })
  );
}
