-- Returns the reply that ARGV describes, as pairs of a RESP type and a value.
local at = 3
local function read()
  local kind, value = ARGV[at], ARGV[at + 1]
  at = at + 2
  if kind == '+' then return {ok = value} end
  if kind == '-' then return {err = value} end
  if kind == '$' then return value end
  if kind == ':' then return tonumber(value) end
  if kind == '_' then return false end
  local list = {}
  if kind == '%' then
    for _ = 1, tonumber(value) do
      local key = read()
      list[key] = read()
    end
    return {map = list}
  end
  for i = 1, tonumber(value) do list[i] = read() end
  return list
end
return read()
