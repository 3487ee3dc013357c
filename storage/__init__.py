"""Every SQL statement of the platform. Only this package imports psycopg."""
