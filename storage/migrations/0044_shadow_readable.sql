-- migrate:up
-- The platform's people look at what a set in shadow finds.
CREATE POLICY platform_api ON shadow_finding FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
GRANT SELECT ON shadow_finding TO ecc_api;
CREATE INDEX shadow_finding_held ON shadow_finding (rule_set_id, held_at, machine_id, source_key);

-- migrate:down
DROP INDEX shadow_finding_held;
REVOKE SELECT ON shadow_finding FROM ecc_api;
DROP POLICY platform_api ON shadow_finding;
