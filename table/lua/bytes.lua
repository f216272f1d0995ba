-- Returns whether a comes before b as bytes. Lua's `<` uses the locale of the server.
local function less(a, b)
  local at = 1
  while true do
    local a1, a2, a3, a4 = byte(a, at, at + 3)
    local b1, b2, b3, b4 = byte(b, at, at + 3)
    if a1 ~= b1 then return (a1 or -1) < (b1 or -1) end
    if a2 ~= b2 then return (a2 or -1) < (b2 or -1) end
    if a3 ~= b3 then return (a3 or -1) < (b3 or -1) end
    if a4 ~= b4 then return (a4 or -1) < (b4 or -1) end
    if not a4 then return false end
    at = at + 4
  end
end
