local function add_entry(id, column, value)
  call('SADD', prefix .. 'idx:' .. column .. ':' .. value, id)
  if ranged[column] then call('ZADD', prefix .. 'range:' .. column, score(types[column], value), value) end
end
