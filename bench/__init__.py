"""The benchmark harness: the platform against a bare subscriber and a raw COPY, on real servers, in one process tree."""
