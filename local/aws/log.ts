/** Logs one line from `source`: a function's name, `api-gateway`, `scheduler`, `sqs` or `ses`. */
export type Log = (source: string, line: string) => void;
