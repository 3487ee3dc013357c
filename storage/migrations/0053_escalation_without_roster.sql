-- migrate:up
-- Where no roster says who is next, an escalation goes to the control centre's leads.
GRANT SELECT (role) ON app_user TO ecc_housekeeping;

-- migrate:down
REVOKE SELECT (role) ON app_user FROM ecc_housekeeping;
