"""The benchmark harness: the platform against a bare subscriber and a raw COPY, real servers, one process tree."""
