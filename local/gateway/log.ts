/** Takes one line at a time from `source`: a function's name, `api-gateway` or `scheduler`. */
export type Log = (source: string, line: string) => void;
