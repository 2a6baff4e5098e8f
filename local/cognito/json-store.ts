import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataStore } from 'cognito-local/lib/services/dataStore/dataStore.js';
import type { DataStoreFactory } from 'cognito-local/lib/services/dataStore/factory.js';

type Node = Record<string, unknown>;

/**
 * The user pool's storage: one JSON file per store in `directory`. A change is in the file when its call returns, and
 * the file is replaced whole, so that `kill -9` leaves the state before or after a change; the emulator's own storage
 * writes in place and in the background.
 */
export function jsonStores(directory: string): DataStoreFactory {
  mkdirSync(directory, { recursive: true });
  return {
    async create(_ctx, id, defaults) {
      return jsonStore(join(directory, `${id}.json`), defaults);
    },
  };
}

function jsonStore(path: string, defaults: object): DataStore {
  const root: Node = { ...defaults, ...(existsSync(path) && JSON.parse(readFileSync(path, 'utf8'), reviveDate)) };
  save();
  return { get, getRoot: async () => JSON.parse(JSON.stringify(root), reviveDate), set, delete: remove };

  function save(): void {
    // Not `.json`: the emulator takes every such file for a pool.
    const next = `${path}.next`;
    writeFileSync(next, JSON.stringify(root));
    renameSync(next, path);
  }

  async function get(_ctx: unknown, key: string | string[], fallback: unknown = null) {
    let value: unknown = root;
    for (const name of [key].flat()) value = isNode(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return JSON.parse(JSON.stringify(value ?? fallback), reviveDate);
  }

  async function set(_ctx: unknown, key: string | string[], value: unknown): Promise<void> {
    const [parent, name] = place(key);
    parent[name] = value;
    save();
  }

  async function remove(_ctx: unknown, key: string | string[]): Promise<void> {
    const [parent, name] = place(key);
    delete parent[name];
    save();
  }

  function place(key: string | string[]): [Node, string] {
    const names = [key].flat();
    const last = names.pop() ?? '';
    let node = root;
    for (const name of names) {
      const child = node[name];
      const next = isNode(child) ? child : {};
      node[name] = next;
      node = next;
    }
    return [node, last];
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reviveDate(key: string, value: unknown): unknown {
  return key.endsWith('Date') && typeof value === 'string' ? new Date(value) : value;
}
