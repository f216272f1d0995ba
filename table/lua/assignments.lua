-- Parses and checks the arguments col=value from a position on. Returns the columns and their values by column, or nil
-- and the error. A value may contain > and <, because only the first operator counts.
local function assignments(from, malformed)
  local columns, values = {}, {}
  for i = from, #ARGV do
    local token = ARGV[i]
    local at = find(token, '[=<>]')
    if not at or at == 1 or at == #token or byte(token, at) ~= 61 then return nil, malformed end
    local column, value = sub(token, 1, at - 1), sub(token, at + 1)
    local kind = types[column]
    if not kind or not valid(kind, value) then return nil, 'ERR invalid column or type' end
    if not values[column] then columns[#columns + 1] = column end
    values[column] = value
  end
  return columns, values
end

-- Writes all assigned values into a row. Lua passes at most some thousand arguments.
local function write_row(id, columns, values)
  local fields = {}
  for i, column in ipairs(columns) do fields[2 * i - 1], fields[2 * i] = column, values[column] end
  for i = 1, #fields, 1000 do
    call('HSET', prefix .. id, unpack(fields, i, math.min(i + 999, #fields)))
  end
end
