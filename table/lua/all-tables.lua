complete_registry()
local names = call('SMEMBERS', TABLES)
