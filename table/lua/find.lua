-- Finds the rows that match the conditions.

local function note(step, condition, read, found)
  if not notes then return end
  notes[#notes + 1] = step .. ' ' .. condition .. ': reads ' .. read .. ' rows, ' .. found .. ' match'
end

-- Returns the ids whose row has a matching value. `matches` is a table from values.
local function filter(ids, column, matches)
  local kept = {}
  for i = 1, #ids do
    local text = call('HGET', prefix .. ids[i], column)
    if text and matches[text] then kept[#kept + 1] = ids[i] end
  end
  return kept
end

-- Returns the ids of all matching rows, and the number of rows; nil if there are too many rows. SORT reads a column of
-- all rows in one call, which takes less time than a call per row. It has no form for some names, and it fails if
-- another program has put something else than numbers into the set.
local function scan(column, matches)
  if call('SCARD', prefix .. 'rows') > limit then return nil end
  local special = column == '' or find(prefix .. column, '[*%z]')
  -- This call creates no garbage, so collecting it would only read the growing reply several times.
  collectgarbage('stop')
  local cells = not special and try('SORT', prefix .. 'rows', 'GET', '#', 'GET', prefix .. '*->' .. column)
  collectgarbage('restart')
  if not cells or cells.err then
    local ids = call('SMEMBERS', prefix .. 'rows')
    return filter(ids, column, matches), #ids
  end
  local kept = {}
  for i = 1, #cells, 2 do
    local text = cells[i + 1]
    if text and matches[text] then kept[#kept + 1] = cells[i] end
  end
  return kept, #cells / 2
end

-- Adds the ids of existing rows to the list, unless they are in it. A resynchronization can bring back index entries of
-- deleted rows. Lua passes at most some thousand arguments.
local function add_existing(list, known, ids)
  for first = 1, #ids, 1000 do
    local exist = call('SMISMEMBER', prefix .. 'rows', unpack(ids, first, math.min(first + 999, #ids)))
    for i = 1, #exist do
      local id = ids[first + i - 1]
      if exist[i] == 1 and not known[id] then list[#list + 1] = id end
      known[id] = true
    end
  end
end

-- Returns the ids of rows with a matching value, by the sorted set of the values of a column. Scores are rounded, so each
-- value still has to be tested. Returns nil if the condition cannot use a sorted set, and false if there are too many.
local function in_range(column, op, value, matches)
  local kind = types[column]
  if op == '=' or not kind or call('SISMEMBER', prefix .. 'ranges', column) == 0 then return nil end
  -- As bytes, the start of a date comes before all dates that continue it.
  if kind == 'date' then value = sub(value .. sub('0000-00-00', #value + 1), 1, 10) end
  local bound = score(kind, value)
  if not bound then return nil end
  local low, high = bound, '+inf'
  if byte(op) == 60 then low, high = '-inf', bound end
  local range = prefix .. 'range:' .. column
  -- Each value belongs to a row at least, and all values beyond the bound match.
  if call('ZCOUNT', range, low, high) - call('ZCOUNT', range, bound, bound) > limit then return false end
  local values, sets, total = call('ZRANGEBYSCORE', range, low, high), {}, 0
  for i = 1, #values do
    if matches[values[i]] then
      sets[#sets + 1] = prefix .. 'idx:' .. column .. ':' .. values[i]
      total = total + call('SCARD', sets[#sets])
      if total > limit then return false end
    end
  end
  local ids, known = {}, {}
  for first = 1, #sets, 1000 do
    add_existing(ids, known, call('SUNION', unpack(sets, first, math.min(first + 999, #sets))))
  end
  return ids
end

-- Returns the ids of all rows that match one condition, or nil if there are too many rows to read.
local function lookup(column, op, value, indexed)
  local step, found, read
  if indexed then
    local set = prefix .. 'idx:' .. column .. ':' .. value
    if call('SCARD', set) > limit then return nil end
    -- A resynchronization can bring back index entries of rows that have changed or are deleted.
    local ids = call('SINTER', set, prefix .. 'rows')
    step, found, read = 'index', filter(ids, column, {[value] = true}), #ids
  else
    local matches = predicate(column, op, value)
    local ids = in_range(column, op, value, matches)
    if ids == nil then
      step = 'scan'
      found, read = scan(column, matches)
    elseif ids then
      step, found, read = 'range', filter(ids, column, matches), #ids
    end
  end
  if found then note(step, column .. op .. value, read, #found) end
  return found
end

-- Adds the ids that are not in the list yet. Returns nil if there are too many.
local function union(ids, others)
  if not others then return nil end
  local known = {}
  for i = 1, #ids do known[ids[i]] = true end
  for i = 1, #others do
    if not known[others[i]] then ids[#ids + 1] = others[i] end
  end
  if #ids > limit then return nil end
  if notes then notes[#notes + 1] = 'union: ' .. #ids .. ' rows' end
  return ids
end

-- Returns the ids of the rows that match the conditions in ARGV, or nil and the error. Conditions count from left to
-- right. `scans` tells whether = may scan a column without an index.
local function find_rows(first, last, scans)
  local ids
  local at = first
  while at <= last do
    local column, op, value = split(ARGV[at])
    if not column then return nil, 'ERR condition must be <col><op><value>' end
    local indexed = op == '=' and call('SISMEMBER', prefix .. 'idx:meta', column) == 1
    if op == '=' and not indexed and not scans then
      return nil, 'ERR search cannot be done on non-indexed column'
    end
    local word = ids and upper(ARGV[at - 1])
    if word and indexed and word ~= 'AND' and word ~= 'OR' then
      return nil, 'ERR expected AND/OR between conditions'
    end
    if not ids then
      ids = lookup(column, op, value, indexed)
    elseif word == 'OR' and (indexed or not strict) then
      ids = union(ids, lookup(column, op, value, indexed))
    else
      local found = filter(ids, column, predicate(column, op, value))
      note('filter', ARGV[at], #ids, #found)
      ids = found
    end
    if not ids then return nil, too_many() end
    at = at + 1
    local joint = at <= last and upper(ARGV[at])
    if joint == 'AND' or joint == 'OR' then
      if at == last then return nil, 'ERR dangling operator' end
      at = at + 1
    end
  end
  return ids or {}
end
