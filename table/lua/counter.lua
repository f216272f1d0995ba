-- Raises the id counter of a table to its highest row, if it is behind. An older counter can come back when a node
-- loads the data of another node.
local function raise_counter(prefix)
  -- Sorts as numbers. It fails only if another program has put other members into the set.
  local highest = try('SORT', prefix .. 'rows', 'DESC', 'LIMIT', 0, 1)[1]
  local current = call('GET', prefix .. 'id')
  if highest and tonumber(highest) > (tonumber(current or 0) or 0) then call('SET', prefix .. 'id', highest) end
end
