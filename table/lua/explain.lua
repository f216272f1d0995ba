local ids, problem = selected_rows(statement)
if not ids then return {err = problem} end
local effect = ({SELECT = 'returns ', UPDATE = 'updates ', DELETE = 'deletes '})[statement]
notes[#notes + 1] = statement .. ' ' .. effect .. #ids .. ' rows (scan limit ' .. ARGV[2] .. ')'
for i = 1, #notes do notes[i] = {ok = (string.gsub(notes[i], '%c', '?'))} end
return notes
