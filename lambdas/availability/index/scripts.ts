import { createHash } from 'node:crypto';

/** A script that Redis runs as one step, and the name by which it knows it once it was loaded. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Beyond so many slots of a call, what Redis does for it would be felt by everybody else. Both are some 5 ms. */
export const SLOTS_PER_CALL = 500;
const MEMBERS_PER_READ = 4_000;

// A day of a clinic is two keys. The set has the free slots, by start. In the hash each slot that was ever heard of has its version and
// whether it was free then, and the day itself has:
//   #lease     the incarnation of the hash, random: one that was lost and made anew has another
//   #free      how many slots are free by the hash; the set has as many, or something of it was lost
//   #complete  every slot of the database is known (until then, only those of which somebody told)
//   #term      the server's term in which that was found; in another one it may have forgotten what came later
//   #synced    when it was, in epoch seconds
//   #view      the set as reads answer it, made by the first read after a change: [[doctor, …], [[start, end, seat, place of each doctor, …], …]].
//              Another form must begin otherwise: during a deployment functions of two versions write the same index, each must take
//              away what the other made, and make anew what it cannot read
// A server's term as the first of its group: new at each promotion and each start, and none while it follows another: then scripts fail, so that the connection is given up. Its run_id would not
// do: a process that is demoted and promoted again keeps it, with the state of whoever was first meanwhile.
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
  -- First what a full server refuses: once a script has written something else, it may write all.
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
 * KEYS: the set and the hash of each day; ARGV: a lease for hashes that are missing, then for each slot the place of its day, its id,
 * version, `f` or `-`, start and member. Takes what is newer than what is known.
 */
export const APPLY = script(`${SHARED}
-- Where nothing is news nothing is written, and a server that follows another would not refuse it.
term()
for i = 1, #KEYS, 2 do
  if not redis.call('HGET', KEYS[i + 1], '#lease') then make_anew(KEYS[i], KEYS[i + 1], ARGV[1]) end
end
return put_all(2)`);

/** KEYS: a day; ARGV: a lease. Answers the lease of the day, this one if the day was lost in whole or in part, and the server's term. */
export const BEGIN = script(`${SHARED}
local set, state, present = KEYS[1], KEYS[2], term()
if not redis.call('HGET', state, '#lease') or not counted(set, state) then make_anew(set, state, ARGV[1]) end
return { redis.call('HGET', state, '#lease'), present }`);

/**
 * KEYS: a day; ARGV: its lease, the server's term then, since when the lease is, how many slots the day has if these are the last of them, else -1,
 * then slots as above. Answers how many were newer than what was known, and the ids of those that are known to be newer or in another state, `#more`
 * for those that are not of the day at all; nothing when the lease is lost.
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
 * KEYS: days; ARGV: the earliest sync that counts. Answers a view for each day; nothing unless all can be answered
 * for. One string for each day, kept until something changes: a week of 50 doctors is 5,600 members, of which Redis alone would
 * make an answer in 5 to 7 ms, and answers these in 0.3.
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
    -- A full server refuses to keep it, and it is an answer all the same.
    redis.pcall('HSET', KEYS[2 * day], '#view', views[day])
    made = made + members
  end
end
return views`);

/** KEYS: days. Answers when each was last synced in the server's present term, 0 if never. */
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
