"""ISO 15143-3 (AEMP 2.0): the server that other makers' and owners' systems read fleets from."""
