-- Returns the position of the first argument after the table that equals the word.
local function position(word)
  for i = 4, #ARGV do
    if #ARGV[i] == #word and upper(ARGV[i]) == word then return i end
  end
end

-- Returns the ids of the rows that a statement selects, or nil and the error. For UPDATE, also the position of SET.
local function selected_rows(statement)
  local first, last, set = position('WHERE'), #ARGV, nil
  if statement == 'UPDATE' then
    set = position('SET')
    if not set then return nil, 'ERR missing SET' end
    -- The word WHERE is optional here. Without conditions, UPDATE changes all rows.
    first, last = first == 4 and 5 or 4, set - 1
    if first > last then first = nil end
  elseif statement == 'DELETE' then
    -- The module deletes all rows here, also if WHERE is misspelled.
    if not first and last > 3 then return nil, 'ERR syntax error' end
    first = first and 5
  else
    first = first and first + 1
  end
  local ids, problem
  if first then
    ids, problem = find_rows(first, last, statement ~= 'SELECT')
  else
    ids, problem = all_rows(prefix)
    if ids and notes then notes[1] = 'all rows: ' .. #ids end
  end
  return ids, problem, set
end
