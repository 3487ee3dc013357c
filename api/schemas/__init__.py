"""What travels over HTTP: one module a resource. Fields are only ever added inside v1; units are in the names."""
