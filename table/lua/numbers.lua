-- Numbers as the module reads them: integers like C's atoll (64 bits, saturating), floats like atof.
local HIGHEST = 2 ^ 63

-- Returns the integer as a double: exact below 2^53, otherwise rounded.
local function integer(text)
  if #text < 16 and not find(text, '%D') then return tonumber(text) or 0 end
  local number = tonumber(match(text, '^%s*([+-]?%d+)') or 0)
  if number > HIGHEST then return HIGHEST end
  if number < -HIGHEST then return -HIGHEST end
  return number
end

-- Returns the integer exactly, as two numbers: high * 10^10 + low.
local function exact(text)
  local sign, digits = match(text, '^%s*([+-]?)0*(%d*)')
  if #digits > 19 then digits = '9999999999999999999' end
  digits = string.rep('0', 19 - #digits) .. digits
  local high, low = tonumber(sub(digits, 1, 9)), tonumber(sub(digits, 10))
  if high > 922337203 or high == 922337203 and low > 6854775807 then
    high, low = 922337203, sign == '-' and 6854775808 or 6854775807
  end
  if sign == '-' then return -high, -low end
  return high, low
end

-- Returns the number at the start of the text: decimal, hexadecimal, inf, or nan; 0 if there is none.
local function float(text)
  local number = tonumber(text)
  if number then return number end
  local sign, rest = match(text, '^%s*([+-]?)(.*)$')
  for _, form in ipairs({
    '^[iI][nN][fF]', '^[nN][aA][nN]',
    '^0[xX]%x*%.?%x*[pP][+-]?%d+', '^0[xX]%x*%.?%x*', '^%d*%.?%d*[eE][+-]?%d+', '^%d*%.?%d*',
  }) do
    number = tonumber(match(rest, form) or '')
    if number then return sign == '-' and -number or number end
  end
  return 0
end

-- Returns the score of a value in the sorted set of its column. Scores have the order of the values, but different
-- integers may have the same score. Returns nil if the value has no place in that order.
local function score(kind, text)
  if kind == 'integer' then return integer(text) end
  if kind == 'float' then
    local number = float(text)
    return number == number and number or nil
  end
  if kind == 'date' then
    local year, month, day = match(text, '^(%d%d%d%d)%-(%d%d)%-(%d%d)$')
    return year and tonumber(year .. month .. day)
  end
end
