-- Index entries of rows: a set of ids per value, and for numbers and dates a sorted set of ids per column.
local indexed_columns = call('SMEMBERS', prefix .. 'idx:meta')
local indexed, ranged = {}, {}
for _, column in ipairs(indexed_columns) do indexed[column] = true end
if #indexed_columns > 0 then
  for _, column in ipairs(call('SMEMBERS', prefix .. 'ranges')) do ranged[column] = true end
end

local function remove_entry(id, column, value)
  call('SREM', prefix .. 'idx:' .. column .. ':' .. value, id)
end
