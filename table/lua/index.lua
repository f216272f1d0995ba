-- Removes a column from a set of columns, which never becomes empty: a node that was down would bring a deleted set back,
-- and with it an index without the later rows. No column has this name.
local function forget(set, column)
  if call('SREM', set, column) == 1 and call('EXISTS', set) == 0 then call('SADD', set, ':') end
end

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
  if sortable then call('SADD', prefix .. 'ranges', column) else forget(prefix .. 'ranges', column) end
  call('SADD', prefix .. 'idx:meta', column)
end

-- Removes the index of a column. The values of the rows name its keys.
local function drop_index(column, ids)
  for i = 1, #ids do
    local value = call('HGET', prefix .. ids[i], column)
    if value then call('UNLINK', prefix .. 'idx:' .. column .. ':' .. value) end
  end
  call('UNLINK', prefix .. 'range:' .. column)
  forget(prefix .. 'ranges', column)
  forget(prefix .. 'idx:meta', column)
end
