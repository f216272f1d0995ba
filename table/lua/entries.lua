-- Index entries of rows: a set of ids per value. For numbers and dates, a sorted set per column contains its values.
local indexed_columns = call('SMEMBERS', prefix .. 'idx:meta')
local indexed, ranged = {}, {}
for _, column in ipairs(indexed_columns) do indexed[column] = true end
if #indexed_columns > 0 then
  for _, column in ipairs(call('SMEMBERS', prefix .. 'ranges')) do ranged[column] = true end
end

local function remove_entry(id, column, value)
  local set = prefix .. 'idx:' .. column .. ':' .. value
  call('SREM', set, id)
  if ranged[column] and call('EXISTS', set) == 0 then call('ZREM', prefix .. 'range:' .. column, value) end
end
