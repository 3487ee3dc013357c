"""The database roles of the embedded server and their passwords."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from app.embedded.child import write_private

SUPERUSER = "ecc_superuser"
OWNER = "ecc_owner"
DATABASE = "ecc"
WORKERS = ("ecc_gateway", "ecc_diagnose", "ecc_sender", "ecc_housekeeping", "ecc_api", "ecc_grafana")
ROLES = (SUPERUSER, OWNER, *WORKERS)


def passwords(data_dir: Path) -> Mapping[str, str]:
    """Each role's password, kept in secrets.json (0600) below the data directory; missing ones are made."""
    path = data_dir / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    complete = {role: kept.get(role) or secrets.token_urlsafe(24) for role in ROLES}
    if complete != kept:
        write_private(path, complete)
    return complete


def role_statements(password_of: Mapping[str, str]) -> list[str]:
    """Statements, one line each, that create the roles or set their passwords; safe to run again.

    The owner may create databases and administer the workers' roles (migrations grant to them) and is no superuser.
    """
    statements = []
    for role in ROLES:
        rights = {SUPERUSER: "SUPERUSER LOGIN", OWNER: "LOGIN CREATEDB CREATEROLE"}.get(role, "LOGIN")
        statements += [
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role}; END IF; END $$;",
            f"ALTER ROLE {role} {rights} PASSWORD '{password_of[role]}';",
        ]
    statements.append(f"GRANT {', '.join(WORKERS)} TO {OWNER} WITH ADMIN OPTION;")
    # a migration that waits behind a long query would make everybody else wait behind it
    statements.append(f"ALTER ROLE {OWNER} SET lock_timeout = '10s';")
    return statements
