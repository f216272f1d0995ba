-- Deletes a table and all its keys. The values of the rows name the keys of its indexes.
local function drop(name, ids)
  local prefix = '{' .. name .. '}:'
  local columns = call('SMEMBERS', prefix .. 'idx:meta')
  local keys = {'schema:{' .. name .. '}'}
  for _, key in ipairs({'id', 'rows', 'ranges', 'idx:meta'}) do keys[#keys + 1] = prefix .. key end
  for _, column in ipairs(columns) do
    keys[#keys + 1] = prefix .. 'range:' .. column
    local known = {}
    for _, id in ipairs(ids) do
      local value = call('HGET', prefix .. id, column)
      if value and not known[value] then keys[#keys + 1] = prefix .. 'idx:' .. column .. ':' .. value end
      if value then known[value] = true end
    end
  end
  for _, id in ipairs(ids) do keys[#keys + 1] = prefix .. id end
  -- Lua passes at most some thousand arguments.
  for i = 1, #keys, 1000 do call('UNLINK', unpack(keys, i, math.min(i + 999, #keys))) end
  call('SREM', TABLES, name)
end
