-- Sorts ids as bytes (1, 10, 11, 2), by numbers that have this order: the id with zeros up to the longest id, then its
-- length.
local function sort(ids)
  local longest = 0
  for i = 1, #ids do longest = math.max(longest, #ids[i]) end
  local keys, by_key = {}, {}
  for i = 1, #ids do
    local id = ids[i]
    local number = tonumber(id)
    local key = number and number * 10 ^ (longest - #id) * 16 + #id
    -- Two ids get the same key only if the keys are rounded: from 15 digits on, or for members of another program.
    if not key or by_key[key] then return table.sort(ids, less) end
    keys[i], by_key[key] = key, id
  end
  table.sort(keys)
  for i = 1, #ids do ids[i] = by_key[keys[i]] end
end
