-- Takes the number of patterns and the patterns out of ARGV. The server matches them, so they have its syntax.
complete_registry()
local names, known = {}, {}
for _ = 1, tonumber(table.remove(ARGV, 3)) do
  local pattern, cursor = table.remove(ARGV, 3), '0'
  repeat
    local found
    cursor, found = unpack(call('SSCAN', TABLES, cursor, 'MATCH', pattern, 'COUNT', 1000))
    for _, name in ipairs(found) do
      if not known[name] then names[#names + 1] = name end
      known[name] = true
    end
  until cursor == '0'
end
if #ARGV > 3 then return {err = "ERR wrong number of arguments for 'TABLE.NAMESPACE.VIEW' command"} end
