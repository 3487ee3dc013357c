-- migrate:up
-- When a gateway was connected and worked but had more waiting than it could take at once: it lost nothing, was not down,
-- and could not tell either who is silent. One row an unbroken time; together with platform_health: when it was up.
CREATE TABLE platform_behind (
    behind_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    CHECK (from_at < to_at)
);
CREATE INDEX platform_behind_to ON platform_behind (to_at);
GRANT SELECT, INSERT, UPDATE ON platform_behind TO ecc_gateway;
GRANT SELECT ON platform_behind TO ecc_api;

CREATE OR REPLACE VIEW dashboard.platform_health AS
SELECT gateway_id, from_at, to_at FROM platform_health
UNION ALL
SELECT gateway_id, from_at, to_at FROM platform_behind;

-- migrate:down
CREATE OR REPLACE VIEW dashboard.platform_health AS
SELECT gateway_id, from_at, to_at FROM platform_health;
DROP TABLE platform_behind;
