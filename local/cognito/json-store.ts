import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataStore } from 'cognito-local/lib/services/dataStore/dataStore.js';
import type { DataStoreFactory } from 'cognito-local/lib/services/dataStore/factory.js';

type JsonObject = Record<string, unknown>;

/**
 * Returns a storage for the user pools, with one JSON file per store in `directory`. Each change replaces the whole file
 * before its call returns, so that `kill -9` never leaves a partial change; the emulator's own storage writes in place
 * and in the background.
 */
export function createJsonStores(directory: string): DataStoreFactory {
  mkdirSync(directory, { recursive: true });
  return {
    async create(_ctx, id, defaults) {
      return createJsonStore(join(directory, `${id}.json`), defaults);
    },
  };
}

function createJsonStore(path: string, defaults: object): DataStore {
  const root: JsonObject = { ...defaults, ...(existsSync(path) && JSON.parse(readFileSync(path, 'utf8'), reviveDate)) };
  save();
  return { get, getRoot: async () => JSON.parse(JSON.stringify(root), reviveDate), set, delete: remove };

  function save(): void {
    // Not `.json`, because the emulator treats every such file as a pool.
    const temporaryPath = `${path}.next`;
    writeFileSync(temporaryPath, JSON.stringify(root));
    renameSync(temporaryPath, path);
  }

  async function get(_ctx: unknown, key: string | string[], fallback: unknown = null) {
    let value: unknown = root;
    for (const name of [key].flat())
      value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return JSON.parse(JSON.stringify(value ?? fallback), reviveDate);
  }

  async function set(_ctx: unknown, key: string | string[], value: unknown): Promise<void> {
    const [parent, name] = locate(key);
    parent[name] = value;
    save();
  }

  async function remove(_ctx: unknown, key: string | string[]): Promise<void> {
    const [parent, name] = locate(key);
    delete parent[name];
    save();
  }

  function locate(key: string | string[]): [JsonObject, string] {
    const names = [key].flat();
    const last = names.pop() ?? '';
    let node = root;
    for (const name of names) {
      const child = node[name];
      const next = isJsonObject(child) ? child : {};
      node[name] = next;
      node = next;
    }
    return [node, last];
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reviveDate(key: string, value: unknown): unknown {
  return key.endsWith('Date') && typeof value === 'string' ? new Date(value) : value;
}
