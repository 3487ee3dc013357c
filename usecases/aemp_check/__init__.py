"""A conformance check of any ISO 15143-3 (AEMP 2.0) server; it shares nothing with the server in usecases/aemp."""
