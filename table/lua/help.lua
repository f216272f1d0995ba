for i = 1, #LINES do LINES[i] = {ok = LINES[i]} end
return LINES
