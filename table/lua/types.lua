-- Returns whether a column of this type accepts the value.
local function valid(kind, text)
  if kind == 'integer' then return find(text, '^[+-]?%d+$') end
  if kind == 'float' then return find(text, '^[+-]?%d*%.?%d*$') and find(text, '[%d.]$') end
  if kind == 'date' then return find(text, '^%d%d%d%d%-%d%d%-%d%d$') end
  return true
end
