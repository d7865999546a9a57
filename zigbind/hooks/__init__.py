"""Where other tools call zigbind: each hook translates, and decides nothing."""
