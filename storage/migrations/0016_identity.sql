-- migrate:up
-- People. An account without a password signs in by its company's login only.
ALTER TABLE app_user ADD COLUMN units text NOT NULL DEFAULT 'metric';
ALTER TABLE app_user ADD COLUMN password_changed_at timestamptz;
ALTER TABLE app_user ADD CONSTRAINT app_user_units CHECK (units IN ('metric', 'imperial')) NOT VALID;
-- squawk-ignore ban-drop-not-null
ALTER TABLE app_user ALTER COLUMN password_hash DROP NOT NULL;

-- A company's own OpenID provider. The secret itself is in an environment variable or a file: see the reference.
CREATE TABLE company_login (
    company_login_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    secret_reference text CHECK (secret_reference ~ '^(env:OIDC_SECRET_[A-Z0-9_]{1,64}|file:[A-Za-z0-9_-][A-Za-z0-9._-]{0,63})$'),
    domains text [] NOT NULL,
    role_claim text,
    role_map jsonb NOT NULL DEFAULT '{}',
    default_role text,
    auto_create boolean NOT NULL DEFAULT FALSE,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX company_login_organisation ON company_login (organisation_id);
CREATE INDEX company_login_domains ON company_login USING gin (domains);
COMMENT ON COLUMN company_login.auto_create IS 'FALSE: only people who were invited, or have an account already';

-- Which account a provider's subject is. Never found by e-mail alone.
CREATE TABLE company_identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX company_identity_user ON company_identity (user_id);

-- Sessions. Refresh tokens are numbered: `generation` is the one in force, `rotations` when the last few were used up,
-- the newest first.
-- squawk-ignore adding-field-with-default
ALTER TABLE app_session ADD COLUMN session_id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE app_session ADD COLUMN generation integer NOT NULL DEFAULT 0;
ALTER TABLE app_session ADD COLUMN rotations timestamptz [] NOT NULL DEFAULT '{}';
ALTER TABLE app_session ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE app_session ADD COLUMN address text;
ALTER TABLE app_session ADD COLUMN browser text;
-- squawk-ignore adding-foreign-key-constraint
ALTER TABLE app_session ADD COLUMN company_login_id integer REFERENCES company_login ON DELETE SET NULL;
CREATE UNIQUE INDEX app_session_id ON app_session (session_id);

-- Attempts to sign in that did not succeed, worn off with time. Keys are hashes of login and address.
CREATE TABLE sign_in_counter (
    kind text NOT NULL CHECK (kind IN ('pair', 'address', 'login')),
    key bytea NOT NULL,
    failures real NOT NULL,
    counted_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    succeeded_at timestamptz,
    PRIMARY KEY (kind, key)
);
CREATE INDEX sign_in_counter_counted ON sign_in_counter (counted_at);
COMMENT ON COLUMN sign_in_counter.failures IS 'as of counted_at';

-- Integrators' programs. Each has secrets, two of them while it changes from one to the next.
CREATE TABLE api_client (
    client_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('integrator', 'auditor')),
    scopes text [] NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX api_client_organisation ON api_client (organisation_id);

CREATE TABLE api_client_secret (
    secret_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id integer NOT NULL REFERENCES api_client ON DELETE CASCADE,
    secret_hash bytea NOT NULL UNIQUE,
    ending text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX api_client_secret_client ON api_client_secret (client_id);
COMMENT ON COLUMN api_client_secret.ending IS 'the last four characters, for telling secrets apart';

CREATE TABLE invitation (
    invitation_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    role text NOT NULL,
    language text NOT NULL CHECK (language IN ('zh', 'en')),
    email text,
    token_hash bytea NOT NULL UNIQUE,
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by integer REFERENCES app_user,
    revoked_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX invitation_organisation ON invitation (organisation_id);
CREATE INDEX invitation_accepted_by ON invitation (accepted_by);

ALTER TABLE app_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE app_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE company_login ENABLE ROW LEVEL SECURITY;
ALTER TABLE company_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_client_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['app_user', 'app_session', 'company_login', 'company_identity', 'sign_in_counter',
                                   'api_client', 'api_client_secret', 'invitation'] LOOP
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['app_user', 'company_login', 'api_client', 'invitation'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %1$I TO ecc_api USING ((SELECT tenant_sees_all()) '
                       'OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[])) '
                       'WITH CHECK ((SELECT tenant_sees_all()) '
                       'OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]))', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['app_session', 'company_identity'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %1$I TO ecc_api '
                       'USING (EXISTS (SELECT FROM app_user u WHERE u.user_id = %1$I.user_id)) '
                       'WITH CHECK (EXISTS (SELECT FROM app_user u WHERE u.user_id = %1$I.user_id))', guarded);
    END LOOP;
END
$$;
CREATE POLICY tenant ON api_client_secret TO ecc_api
USING (EXISTS (SELECT FROM api_client c WHERE c.client_id = api_client_secret.client_id))
WITH CHECK (EXISTS (SELECT FROM api_client c WHERE c.client_id = api_client_secret.client_id));
-- No tenant's: read and written before anybody has signed in.
CREATE POLICY platform_only ON sign_in_counter TO ecc_api
USING ((SELECT tenant_sees_all())) WITH CHECK ((SELECT tenant_sees_all()));

GRANT SELECT, INSERT, UPDATE, DELETE ON company_login, company_identity, sign_in_counter, api_client_secret TO ecc_api;
GRANT SELECT, INSERT, UPDATE ON api_client, invitation TO ecc_api;
GRANT SELECT, DELETE ON sign_in_counter, invitation TO ecc_housekeeping;

-- Who a session or a client's secret stands for, and the transaction put into that organisation's scope: one round trip
-- before every answer. No row: nobody. `below`: the organisation and all under it; of one that sees all only itself.
-- (The columns active, version and time_zone come with 0017.)
CREATE FUNCTION enter_as_person(session bytea, instant timestamptz) RETURNS TABLE (
    user_id integer, public_id uuid, login text, role text, language text, version integer, time_zone text, units text,
    session_id uuid, ends_at timestamptz,
    organisation_id integer, organisation_public_id uuid, organisation_name text, organisation_kind text,
    below integer []
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    SELECT u.user_id, u.public_id, u.login, u.role, u.language, u.version, u.time_zone, u.units, s.session_id,
           s.expires_at, o.organisation_id, o.public_id, o.name, o.kind
    INTO user_id, public_id, login, role, language, version, time_zone, units, session_id,
         ends_at, organisation_id, organisation_public_id, organisation_name, organisation_kind
    FROM app_session s
    JOIN app_user u ON u.user_id = s.user_id
    JOIN organisation o ON o.organisation_id = u.organisation_id
    WHERE s.session_hash = session AND s.expires_at > instant AND u.active AND (o.active OR o.kind = 'ecc');
    IF FOUND THEN
        PERFORM set_config('ecc.organisation_id', organisation_id::text, TRUE);
        below := CASE organisation_kind WHEN 'ecc' THEN ARRAY[organisation_id] ELSE tenant_organisation_ids() END;
        RETURN NEXT;
    END IF;
END
$$;

CREATE FUNCTION enter_as_client(by_hash bytea, by_id integer, instant timestamptz) RETURNS TABLE (
    client_id integer, secret_id integer, public_id uuid, name text, role text, scopes text [],
    organisation_id integer, organisation_public_id uuid, organisation_name text, organisation_kind text,
    below integer []
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    SELECT c.client_id, s.secret_id, c.public_id, c.name, c.role, c.scopes, o.organisation_id, o.public_id, o.name,
           o.kind
    INTO client_id, secret_id, public_id, name, role, scopes, organisation_id, organisation_public_id,
         organisation_name, organisation_kind
    FROM api_client_secret s
    JOIN api_client c ON c.client_id = s.client_id
    JOIN organisation o ON o.organisation_id = c.organisation_id
    WHERE (s.secret_hash = by_hash OR s.secret_id = by_id)
      AND (s.expires_at IS NULL OR s.expires_at > instant)
      AND (c.expires_at IS NULL OR c.expires_at > instant)
      AND c.revoked_at IS NULL AND (o.active OR o.kind = 'ecc');
    IF FOUND THEN
        PERFORM set_config('ecc.organisation_id', organisation_id::text, TRUE);
        below := CASE organisation_kind WHEN 'ecc' THEN ARRAY[organisation_id] ELSE tenant_organisation_ids() END;
        RETURN NEXT;
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION enter_as_person, enter_as_client FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_as_person, enter_as_client TO ecc_api;

-- migrate:down
DROP FUNCTION enter_as_client;
DROP FUNCTION enter_as_person;
DROP POLICY tenant ON app_session;
DROP POLICY platform ON app_session;
DROP POLICY tenant ON app_user;
DROP POLICY platform ON app_user;
ALTER TABLE app_session DISABLE ROW LEVEL SECURITY;
ALTER TABLE app_user DISABLE ROW LEVEL SECURITY;
DROP TABLE invitation;
DROP TABLE api_client_secret;
DROP TABLE api_client;
DROP TABLE sign_in_counter;
DROP INDEX app_session_id;
ALTER TABLE app_session DROP COLUMN company_login_id, DROP COLUMN browser, DROP COLUMN address,
DROP COLUMN last_used_at, DROP COLUMN rotations, DROP COLUMN generation, DROP COLUMN session_id;
DROP TABLE company_identity;
DROP TABLE company_login;
DELETE FROM app_user WHERE password_hash IS NULL;
ALTER TABLE app_user ALTER COLUMN password_hash SET NOT NULL;
ALTER TABLE app_user DROP COLUMN password_changed_at, DROP COLUMN units;
