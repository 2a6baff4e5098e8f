/** The function's time limit is about to end the request. A retry may succeed. */
export class RequestTimeoutError extends Error {
  constructor() {
    super('The request took as long as the function may run.');
    this.name = 'RequestTimeoutError';
  }
}
