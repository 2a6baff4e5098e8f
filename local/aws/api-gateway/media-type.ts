/** Returns the first media type of a `Content-Type` or `Accept` header, in lower case and without parameters. */
export function parseMediaType(header: string | undefined): string | undefined {
  return header?.split(/[;,]/, 1)[0]?.trim().toLowerCase() || undefined;
}

/** Returns a function that checks whether a header's media type is one of the API's binary types, which may have wildcards: `image/*`. */
export function createBinaryMatcher(binaryTypes: readonly string[]): (header: string | undefined) => boolean {
  const normalizedTypes = binaryTypes.map((type) => type.toLowerCase());
  return (header) => {
    const type = parseMediaType(header);
    if (type === undefined) return normalizedTypes.includes('*/*');
    return normalizedTypes.some((one) => one === '*/*' || one === type || one === `${type.split('/', 1)[0]}/*`);
  };
}
