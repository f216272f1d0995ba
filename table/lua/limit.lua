-- Each step of a statement reads at most this number of rows, so that no statement blocks the node for long.
local function too_many()
  return 'ERR query scan limit exceeded (max ' .. ARGV[2]
    .. ' rows). Use indexed columns or add more specific conditions.'
end

-- Returns the ids of all rows of a table, or nil and the error if there are too many.
local function all_rows(prefix)
  if call('SCARD', prefix .. 'rows') > limit then return nil, too_many() end
  return call('SMEMBERS', prefix .. 'rows')
end
