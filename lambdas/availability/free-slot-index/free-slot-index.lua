-- The operations on the index of free slots. Redis runs each call as one step.
-- ARGV[1] is the operation; the comment of each operation says what follows. KEYS are the set and the hash of each day.
--
-- A clinic's day has two keys. The sorted set has the free slots by start. The hash has, for each slot that was ever applied, its version
-- and whether it was free then, and these fields of the day:
--   #lease     a random id of this instance of the hash: a day that was lost and created again has another
--   #free      the number of free slots according to the hash; if the set has another number, some of it was lost
--   #complete  present once the hash has every slot of the database; before, it has only those that were applied
--   #term      the server's term in which the day was completed; in another term, later changes may be missing
--   #synced    when the day was last synced, in epoch seconds
--   #view      the set in the form that reads return, built by the first read after a change

-- A server's term is its replication id as a primary, which is new at each promotion and each start. On a replica every operation fails, so that
-- the connection is closed. run_id cannot be used: a server that is demoted and promoted again keeps it, with data of another primary.
local function get_term()
  return string.match(redis.call('INFO', 'replication'), 'role:master.-master_replid:(%w+)')
    or error('This server is a replica, not the primary.')
end

-- Returns whether the set has as many members as the hash has free slots.
local function is_intact(set, hash)
  return redis.call('ZCARD', set) == tonumber(redis.call('HGET', hash, '#free') or -1)
end

local function recreate_day(set, hash, lease)
  -- HSET comes first because a full server rejects it. After another write, such as DEL, it would accept everything.
  redis.call('HSET', hash, '#lease', lease)
  redis.call('DEL', set, hash)
  redis.call('HSET', hash, '#lease', lease, '#free', 0)
end

-- Applies a slot if its version is newer. Returns a positive number then, 0 if the index has the same, and a negative number if the index
-- has a newer version, or another state of the same version.
local function apply_slot(set, hash, id, version, status, start, member)
  local known = redis.call('HGET', hash, id)
  local newer = tonumber(version) - (known and tonumber(string.sub(known, 1, -2)) or -1)
  if newer == 0 and known ~= version .. status then return -1 end
  if newer <= 0 then return newer end
  local was_free = known and string.sub(known, -1) == 'f'
  local is_free = status == 'f'
  redis.call('HSET', hash, id, version .. status)
  redis.call('HDEL', hash, '#view')
  if is_free then redis.call('ZADD', set, start, member) else redis.call('ZREM', set, member) end
  if was_free and not is_free then redis.call('HINCRBY', hash, '#free', -1) end
  if is_free and not was_free then redis.call('HINCRBY', hash, '#free', 1) end
  return newer
end

-- Applies the slots in ARGV from the position `first`, six values each: the number of the slot's day in KEYS (from 1), then id, version,
-- `f` (free) or `-`, start and member. Returns how many were newer, and the ids of those that the index has in a newer or another state.
local function apply_slots(first)
  local changed, outdated = 0, {}
  for i = first, #ARGV, 6 do
    local day = tonumber(ARGV[i]) * 2
    local newer = apply_slot(KEYS[day - 1], KEYS[day], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5])
    if newer > 0 then changed = changed + 1 elseif newer < 0 then outdated[#outdated + 1] = ARGV[i + 1] end
  end
  return { changed, outdated }
end

local operations = {}

-- Applies the slots that are newer than in the index.
-- ARGV: a lease for days that are missing, then the slots as for apply_slots.
function operations.apply()
  -- The term is checked first: a call without newer slots writes nothing, so a replica would not reject it.
  get_term()
  for i = 1, #KEYS, 2 do
    if not redis.call('HGET', KEYS[i + 1], '#lease') then recreate_day(KEYS[i], KEYS[i + 1], ARGV[2]) end
  end
  return apply_slots(3)
end

-- Returns the lease of a day and the server's term. A day that was lost in whole or in part gets the new lease.
-- ARGV: a new lease.
function operations.begin()
  local set, hash, term = KEYS[1], KEYS[2], get_term()
  if not redis.call('HGET', hash, '#lease') or not is_intact(set, hash) then recreate_day(set, hash, ARGV[2]) end
  return { redis.call('HGET', hash, '#lease'), term }
end

local function count_slots(hash)
  local slots = redis.call('HLEN', hash)
  for _, field in ipairs(redis.call('HMGET', hash, '#lease', '#free', '#complete', '#term', '#synced', '#view')) do
    if field then slots = slots - 1 end
  end
  return slots
end

-- Merges slots of a day's snapshot. Returns how many were newer than in the index, and the ids of those that the index has in a newer or
-- another state, with `#more` if the index has slots that the snapshot lacks. Returns nil if the lease is lost.
-- ARGV: the lease; the server's term and the epoch seconds when it was acquired; the number of slots in the whole snapshot in the last call,
-- -1 in earlier calls; then the slots as for apply_slots.
function operations.merge()
  local set, hash, lease, term, acquired_at, total = KEYS[1], KEYS[2], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
  if redis.call('HGET', hash, '#lease') ~= lease or get_term() ~= term or not is_intact(set, hash) then return false end
  local merged = apply_slots(6)
  if total >= 0 then
    if count_slots(hash) > total then table.insert(merged[2], '#more') end
    local synced = math.max(acquired_at, tonumber(redis.call('HGET', hash, '#synced') or 0))
    redis.call('HSET', hash, '#complete', 1, '#term', term, '#synced', synced)
  end
  return merged
end

-- Redis serves no other client during a script, so a read that has built views of this many members builds no more.
local MEMBERS_PER_READ = 4000

local function build_view(set)
  local members = redis.call('ZRANGE', set, 0, -1, 'WITHSCORES')
  local doctors, positions, groups, groups_by_time = {}, {}, {}, {}
  for i = 1, #members, 2 do
    local member, start = members[i], members[i + 1]
    local doctor, end_and_seat = string.sub(member, 38, 73), string.sub(member, 75)
    if not positions[doctor] then
      positions[doctor] = #doctors
      doctors[#doctors + 1] = '"' .. doctor .. '"'
    end
    local group = groups_by_time[start .. ':' .. end_and_seat]
    if not group then
      group = { start, string.match(end_and_seat, '^(%d+):(%d+)$') }
      groups_by_time[start .. ':' .. end_and_seat] = group
      groups[#groups + 1] = group
    end
    group[#group + 1] = positions[doctor]
  end
  for i, group in ipairs(groups) do groups[i] = '[' .. table.concat(group, ',') .. ']' end
  return '[[' .. table.concat(doctors, ',') .. '],[' .. table.concat(groups, ',') .. ']]', #members / 2
end

-- Returns a view of each day, or nil if any day cannot be served.
-- ARGV: the earliest sync that counts, in epoch seconds.
--
-- A view is the JSON text [[doctor, …], [[start, end, seat, index of each doctor, …], …]]. It is kept until the day changes: Redis would
-- need 5 to 7 ms to return the 5,600 members of a week of 50 doctors, and needs 0.3 ms for the views. A different form must start with
-- other characters: during a deployment, functions of two versions use the same index, each deletes the views of the other on a change, and
-- builds a view again that it cannot read.
function operations.read()
  local views, term = {}, get_term()
  for i = 1, #KEYS, 2 do
    local complete, day_term, synced, free, view =
      unpack(redis.call('HMGET', KEYS[i + 1], '#complete', '#term', '#synced', '#free', '#view'))
    if not complete or day_term ~= term or tonumber(synced) < tonumber(ARGV[2]) then return false end
    if redis.call('ZCARD', KEYS[i]) ~= tonumber(free) then return false end
    views[#views + 1] = view and string.sub(view, 1, 2) == '[[' and view
  end

  local built = 0
  for day, view in ipairs(views) do
    if not view then
      if built > MEMBERS_PER_READ then return false end
      local members
      views[day], members = build_view(KEYS[2 * day - 1])
      -- A full server refuses to store the view, which is returned all the same.
      redis.pcall('HSET', KEYS[2 * day], '#view', views[day])
      built = built + members
    end
  end
  return views
end

-- Returns when each day was last synced in the server's current term (epoch seconds), 0 if never.
function operations.syncs()
  local term, synced = get_term(), {}
  for i = 1, #KEYS, 2 do
    local day_synced, day_term = unpack(redis.call('HMGET', KEYS[i + 1], '#synced', '#term'))
    synced[#synced + 1] = day_synced and day_term == term and tonumber(day_synced) or 0
  end
  return synced
end

return operations[ARGV[1]]()
