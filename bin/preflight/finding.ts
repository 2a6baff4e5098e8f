/** The result of a check about one thing. */
export interface Finding {
  /**
   * `problem`: the deployment would fail, or the stage could not do what its configuration says. `warning`: it works, but
   * less than it could, or this was not checked.
   */
  readonly level: 'ok' | 'warning' | 'problem';
  /** A statement about the account. */
  readonly message: string;
  /** What to do: a command, a setting or a place in the console. */
  readonly remedy?: string;
  /** The names of the zones that could be chosen, if this is about zones. */
  readonly offeredIn?: readonly string[];
}

export const ok = (message: string): Finding => ({ level: 'ok', message });

export const warning = (message: string, remedy: string): Finding => ({ level: 'warning', message, remedy });

export const problem = (message: string, remedy?: string): Finding => ({ level: 'problem', message, remedy });
