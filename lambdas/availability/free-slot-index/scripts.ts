import { createHash } from 'node:crypto';
import type { CacheClient } from '../../shared/cache.ts';

/** A Lua script that Redis runs atomically, and the SHA-1 by which Redis caches it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Runs a script in one round trip, by its SHA. Sends the text to a server that has not cached it yet. */
export async function runScript(
  client: CacheClient,
  { lua, sha }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(lua, keys.length, ...keys, ...values);
  }
}

/** The most slots in one call. Redis serves no other client during a script; this many take some 5 ms. */
export const SLOTS_PER_CALL = 500;
/** The number of set members after which a read builds no more views, for the same reason. */
const MEMBERS_PER_READ = 4_000;

// A clinic's day has two keys. The sorted set has the free slots by start. The hash has, for each slot that was ever applied, its version
// and whether it was free then, and these fields of the day:
//   #lease     a random id of this instance of the hash: a day that was lost and created again has another
//   #free      the number of free slots according to the hash; if the set has another number, some of it was lost
//   #complete  present once the hash has every slot of the database; before, it has only those that were applied
//   #term      the server's term in which the day was completed; in another term, later changes may be missing
//   #synced    when the day was last synced, in epoch seconds
//   #view      the set in the form that reads return, built by the first read after a change:
//              [[doctor, …], [[start, end, seat, index of each doctor, …], …]]
//              A different form must start with other characters. During a deployment, functions of two versions use the same index: each
//              must delete the views of the other on a change, and rebuild a view that it cannot read
// A server's term is its replication id as a primary, which is new at each promotion and each start. On a replica the scripts fail, so that
// the connection is closed. run_id cannot be used: a server that is demoted and promoted again keeps it, with data of another primary.
const TERM = `
local function term()
  return string.match(redis.call('INFO', 'replication'), 'role:master.-master_replid:(%w+)')
    or error('This server follows another one.')
end`;

const SHARED = `${TERM}
local function counted(set, state)
  return redis.call('ZCARD', set) == tonumber(redis.call('HGET', state, '#free') or -1)
end
local function make_anew(set, state, lease)
  -- HSET comes first because a full server rejects it. After another write, such as DEL, it would accept everything.
  redis.call('HSET', state, '#lease', lease)
  redis.call('DEL', set, state)
  redis.call('HSET', state, '#lease', lease, '#free', 0)
end
local function put(set, state, id, version, status, start, member)
  local known = redis.call('HGET', state, id)
  local newer = tonumber(version) - (known and tonumber(string.sub(known, 1, -2)) or -1)
  if newer == 0 and known ~= version .. status then return -1 end
  if newer <= 0 then return newer end
  local was_free = known and string.sub(known, -1) == 'f'
  local is_free = status == 'f'
  redis.call('HSET', state, id, version .. status)
  redis.call('HDEL', state, '#view')
  if is_free then redis.call('ZADD', set, start, member) else redis.call('ZREM', set, member) end
  if was_free and not is_free then redis.call('HINCRBY', state, '#free', -1) end
  if is_free and not was_free then redis.call('HINCRBY', state, '#free', 1) end
  return newer
end
local function put_all(first)
  local changed, outdated = 0, {}
  for i = first, #ARGV, 6 do
    local day = tonumber(ARGV[i]) * 2
    local newer = put(KEYS[day - 1], KEYS[day], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5])
    if newer > 0 then changed = changed + 1 elseif newer < 0 then outdated[#outdated + 1] = ARGV[i + 1] end
  end
  return { changed, outdated }
end`;

/**
 * KEYS: the set and the hash of each day; ARGV: a lease for hashes that are missing, then for each slot the number of its day (from 1), its
 * id, version, `f` (free) or `-`, start and member. Applies the slots that are newer than in the index.
 */
export const APPLY = script(`${SHARED}
-- A call without newer slots writes nothing, so a replica would not reject it.
term()
for i = 1, #KEYS, 2 do
  if not redis.call('HGET', KEYS[i + 1], '#lease') then make_anew(KEYS[i], KEYS[i + 1], ARGV[1]) end
end
return put_all(2)`);

/** KEYS: a day; ARGV: a new lease. Returns the lease of the day (the new one if the day was lost in whole or in part) and the server's term. */
export const BEGIN = script(`${SHARED}
local set, state, present = KEYS[1], KEYS[2], term()
if not redis.call('HGET', state, '#lease') or not counted(set, state) then make_anew(set, state, ARGV[1]) end
return { redis.call('HGET', state, '#lease'), present }`);

/**
 * KEYS: a day; ARGV: its lease, the server's term then, the start of the lease (epoch seconds), the number of slots of the day in the last
 * call, -1 in earlier calls, then slots as for APPLY. Returns how many slots were newer than in the index, and the ids of those that the
 * index has in a newer or another state, with `#more` if the index has slots that the day lacks. Returns nil if the lease is lost.
 */
export const MERGE = script(`${SHARED}
local function slots_of(state)
  local slots = redis.call('HLEN', state)
  for _, mark in ipairs(redis.call('HMGET', state, '#lease', '#free', '#complete', '#term', '#synced', '#view')) do
    if mark then slots = slots - 1 end
  end
  return slots
end
local set, state = KEYS[1], KEYS[2]
if redis.call('HGET', state, '#lease') ~= ARGV[1] or term() ~= ARGV[2] or not counted(set, state) then return false end
local merged, total = put_all(5), tonumber(ARGV[4])
if total >= 0 then
  if slots_of(state) > total then table.insert(merged[2], '#more') end
  local synced = math.max(tonumber(ARGV[3]), tonumber(redis.call('HGET', state, '#synced') or 0))
  redis.call('HSET', state, '#complete', 1, '#term', ARGV[2], '#synced', synced)
end
return merged`);

/**
 * KEYS: days; ARGV: the earliest sync that counts (epoch seconds). Returns a view of each day, or nil if any day cannot be served. A view is
 * a string that is kept until the day changes: Redis would need 5 to 7 ms to return the 5,600 members of a week of 50 doctors, and needs
 * 0.3 ms for the views.
 */
export const READ = script(`${TERM}
local function view_of(set)
  local members = redis.call('ZRANGE', set, 0, -1, 'WITHSCORES')
  local doctors, places, slots, groups = {}, {}, {}, {}
  for i = 1, #members, 2 do
    local member, start = members[i], members[i + 1]
    local doctor, ends = string.sub(member, 38, 73), string.sub(member, 75)
    if not places[doctor] then
      places[doctor] = #doctors
      doctors[#doctors + 1] = '"' .. doctor .. '"'
    end
    local group = groups[start .. ':' .. ends]
    if not group then
      group = { start, string.match(ends, '^(%d+):(%d+)$') }
      groups[start .. ':' .. ends] = group
      slots[#slots + 1] = group
    end
    group[#group + 1] = places[doctor]
  end
  for i, group in ipairs(slots) do slots[i] = '[' .. table.concat(group, ',') .. ']' end
  return '[[' .. table.concat(doctors, ',') .. '],[' .. table.concat(slots, ',') .. ']]', #members / 2
end
local views, present = {}, term()
for i = 1, #KEYS, 2 do
  local known = redis.call('HMGET', KEYS[i + 1], '#complete', '#term', '#synced', '#free', '#view')
  if not known[1] or known[2] ~= present or tonumber(known[3]) < tonumber(ARGV[1]) then return false end
  if redis.call('ZCARD', KEYS[i]) ~= tonumber(known[4]) then return false end
  views[#views + 1] = known[5] and string.sub(known[5], 1, 2) == '[[' and known[5]
end
local made = 0
for day, view in ipairs(views) do
  if not view then
    if made > ${MEMBERS_PER_READ} then return false end
    local members
    views[day], members = view_of(KEYS[2 * day - 1])
    -- A full server refuses to store the view, which is returned all the same.
    redis.pcall('HSET', KEYS[2 * day], '#view', views[day])
    made = made + members
  end
end
return views`);

/** KEYS: days. Returns when each was last synced in the server's current term (epoch seconds), 0 if never. */
export const SYNCS = script(`${TERM}
local present, synced = term(), {}
for i = 1, #KEYS, 2 do
  local known = redis.call('HMGET', KEYS[i + 1], '#synced', '#term')
  synced[#synced + 1] = known[1] and known[2] == present and tonumber(known[1]) or 0
end
return synced`);

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
