-- COMMAND, with the TABLE commands among those of the server. ARGV: strict, scan limit, version of RESP, the rows as
-- JSON, and the arguments of the client.
local RESP, rows, given = tonumber(ARGV[3]), cjson.decode(ARGV[4]), {}
for i = 5, #ARGV do given[#given + 1] = ARGV[i] end
local asked, row_of = upper(given[1] or ''), {}
for _, row in ipairs(rows) do row_of[row.name] = row end

local function from_server(...)
  -- Sets and maps keep their type only if the script reads them in the client's version.
  redis.setresp(RESP)
  local reply = redis.pcall('COMMAND', ...)
  -- Version 2 returns false as null, version 3 would not.
  redis.setresp(2)
  return reply
end

local function status_set(words)
  local list, set = {}, {}
  for i, word in ipairs(words) do
    list[i] = {ok = word}
    set[list[i]] = true
  end
  return RESP == 3 and {set = set} or list
end

-- Returns the row with as many fields as the server's rows: 7, or 10 in Redis 7 and later.
local function entry(row)
  local full = {row.name, row.arity, status_set(row.flags), row.firstKey, row.lastKey, row.step}
  local fields = #from_server('INFO', 'get')[1]
  for i = #full + 1, fields do full[i] = (RESP == 3 and i < 9) and {set = {}} or {} end
  return full
end

local function with_all(reply, field)
  if reply.err then return reply end
  for _, row in ipairs(rows) do reply[#reply + 1] = field(row) end
  return reply
end

if #given == 0 then
  return with_all(from_server(), entry)
elseif asked == 'INFO' and #given == 1 then
  -- Before Redis 7, COMMAND INFO without a name returns nothing.
  local reply = from_server('INFO')
  return #reply > 0 and with_all(reply, entry) or reply
elseif asked == 'COUNT' then
  return from_server('COUNT') + #rows
elseif asked == 'INFO' then
  local reply = {}
  for i = 2, #given do
    local row = row_of[upper(given[i])]
    local found = row and entry(row) or from_server('INFO', given[i])[1]
    reply[i - 1] = found or false
  end
  return reply
elseif asked == 'LIST' then
  local reply = from_server(unpack(given))
  local filter, value = upper(given[3] or ''), given[4]
  if reply.err or filter == 'ACLCAT' then return reply end
  local function name(row) return row.name end
  if filter == '' or (filter == 'MODULE' and value == 'table') then return with_all(reply, name) end
  if filter == 'PATTERN' then
    -- The server's glob patterns, without classes.
    local pattern = string.gsub(string.gsub(upper(value), '[%^%$%(%)%%%.%[%]%+%-]', '%%%0'), '[%*%?]', {['*'] = '.*', ['?'] = '.'})
    for _, row in ipairs(rows) do
      if find(row.name, '^' .. pattern .. '$') then reply[#reply + 1] = row.name end
    end
  end
  return reply
end

-- GETKEYS and GETKEYSANDFLAGS of a TABLE command.
local row = row_of[upper(given[2])]
local key = row.firstKey > 0 and given[2 + row.firstKey]
if row.firstKey == 0 then return {err = 'ERR The command has no key arguments'} end
if not key then return {err = 'ERR Invalid number of arguments specified for command'} end
if asked == 'GETKEYS' then return {key} end
local is_write = row.flags[1] == 'write'
return {{key, status_set(is_write and {'RW', 'access', 'update'} or {'RO', 'access'})}}
