local action = upper(ARGV[4]) .. ' ' .. upper(ARGV[5])
local single = #ARGV == 6
local OK = {ok = 'OK'}

if action == 'ADD COLUMN' then
  if not single then return {err = 'ERR ADD COLUMN requires col:type[:index]'} end
  local column, kind, index = definition(ARGV[6], 'ERR format: col:type[:index]')
  if not column then return {err = kind} end
  local ids, problem = {}, nil
  if types[column] then
    -- The column gets a new type. An existing index stays, and its sorted set has to follow the type.
    index = index or call('SISMEMBER', prefix .. 'idx:meta', column) == 1
    if index then ids, problem = all_rows(prefix) end
    if not ids then return {err = problem} end
  end
  call('HSET', 'schema:{' .. name .. '}', column, kind)
  types[column] = lower(kind)
  if index then build_index(column, ids) end
  return OK
end

if action == 'ADD INDEX' then
  if not single then return {err = 'ERR ADD INDEX requires column name'} end
  local column = ARGV[6]
  if not types[column] then
    local plain, kind = match(column, '^(.*):(%a+)$')
    if plain and (lower(kind) == 'hash' or lower(kind) == 'btree') then column = plain end
  end
  if not types[column] then return {err = 'ERR column does not exist'} end
  local ids, problem = all_rows(prefix)
  if not ids then return {err = problem} end
  build_index(column, ids)
  return OK
end

if action == 'DROP INDEX' then
  if not single then return {err = 'ERR DROP INDEX requires column name'} end
  if call('SISMEMBER', prefix .. 'idx:meta', ARGV[6]) == 0 then return OK end
  local ids, problem = all_rows(prefix)
  if not ids then return {err = problem} end
  drop_index(ARGV[6], ids)
  return OK
end

return {err = 'ERR syntax: ADD COLUMN col:type[:index] | ADD INDEX col | DROP INDEX col'}
