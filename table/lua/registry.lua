-- A set with the names of all tables of the database. It is complete if it contains an empty name.
local TABLES = 'table:tables'

-- Builds the set if it is not complete. COUNT is below 100, because KeyDB runs a larger SCAN in another thread.
local function complete_registry()
  if call('SISMEMBER', TABLES, '') == 1 then return end
  local cursor, names = '0', {''}
  repeat
    local keys
    cursor, keys = unpack(call('SCAN', cursor, 'MATCH', 'schema:{*.*}', 'COUNT', 99))
    for _, key in ipairs(keys) do names[#names + 1] = sub(key, 9, -2) end
  until cursor == '0'
  for _, name in ipairs(names) do call('SADD', TABLES, name) end
end

local function register(name)
  complete_registry()
  call('SADD', TABLES, name)
end
