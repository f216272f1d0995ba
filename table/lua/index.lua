-- Declares the index of a column and builds it from the rows with these ids. The column gets a sorted set only if all of
-- its values have a place in the order of its type, so a sorted set is always complete.
local function build_index(column, ids)
  local kind, range = types[column], prefix .. 'range:' .. column
  local sortable = kind == 'integer' or kind == 'float' or kind == 'date'
  call('DEL', range)
  for i = 1, #ids do
    local value = call('HGET', prefix .. ids[i], column)
    if value then
      call('SADD', prefix .. 'idx:' .. column .. ':' .. value, ids[i])
      local number = sortable and score(kind, value)
      if number then call('ZADD', range, number, value) else sortable = false end
    end
  end
  if not sortable then call('DEL', range) end
  call(sortable and 'SADD' or 'SREM', prefix .. 'ranges', column)
  call('SADD', prefix .. 'idx:meta', column)
end

-- Removes the index of a column. The values of the rows name its keys.
local function drop_index(column, ids)
  for i = 1, #ids do
    local value = call('HGET', prefix .. ids[i], column)
    if value then call('UNLINK', prefix .. 'idx:' .. column .. ':' .. value) end
  end
  call('UNLINK', prefix .. 'range:' .. column)
  call('SREM', prefix .. 'ranges', column)
  call('SREM', prefix .. 'idx:meta', column)
end
