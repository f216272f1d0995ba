-- Splits a condition into column, operator, and value. Returns nil if it is no condition. As in the module, the first
-- >= or <= anywhere is the operator; otherwise the first of = > <.
local function split(token)
  local at, stop = find(token, '[<>]=')
  if not at then at, stop = find(token, '[=<>]') end
  if not at or at == 1 or stop == #token then return nil end
  return sub(token, 1, at - 1), sub(token, at, stop), sub(token, stop + 1)
end

-- Returns a function that tests a stored value by the type of its column. NaN passes no test.
local function test_of(column, op, value)
  local below, equal, above = byte(op) == 60, byte(op, -1) == 61, byte(op) == 62
  local kind = types[column]
  if kind == 'float' then
    local bound = float(value)
    return function(text)
      local number = float(text)
      return number < bound and below or number > bound and above or number == bound and equal
    end
  end
  if kind ~= 'integer' then
    local first = byte(value)
    return function(text)
      local start = byte(text) or -1
      if start == first then
        if text == value then return equal end
        if not less(text, value) then return above end
        return below
      end
      return start < first and below or start > first and above
    end
  end
  local bound = integer(value)
  local rounded = bound >= 2 ^ 53 or bound <= -2 ^ 53
  local high, low = exact(value)
  return function(text)
    local number, other = integer(text), bound
    if rounded and number == bound then
      local text_high, text_low = exact(text)
      number, other = text_high, high
      if number == other then number, other = text_low, low end
    end
    return number < other and below or number > other and above or number == other and equal
  end
end

-- Returns a table from each stored value to whether it matches. It remembers the first results, because most columns
-- have few different values.
local function predicate(column, op, value)
  local test, free = test_of(column, op, value), 10000
  return setmetatable({}, {__index = function(known, text)
    local result = test(text)
    if free > 0 then
      free = free - 1
      known[text] = result
    end
    return result
  end})
end
