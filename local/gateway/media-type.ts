/** The media type of a `Content-Type` or `Accept` header, without parameters; of several the first. */
export function mediaType(header: string | undefined): string | undefined {
  return header?.split(/[;,]/, 1)[0]?.trim().toLowerCase() || undefined;
}

/** Says whether a header's media type is one of an API's binary ones, which may have wildcards: `image/*`. */
export function binaryMatcher(binaryTypes: readonly string[]): (header: string | undefined) => boolean {
  const known = binaryTypes.map((type) => type.toLowerCase());
  return (header) => {
    const type = mediaType(header);
    if (type === undefined) return known.includes('*/*');
    return known.some((one) => one === '*/*' || one === type || one === `${type.split('/', 1)[0]}/*`);
  };
}
