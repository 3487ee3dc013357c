-- migrate:up
-- findings that stand on a sensor which is found out are diagnosed again
GRANT INSERT (finding_id) ON evidence_due TO ecc_diagnose;

-- migrate:down
REVOKE INSERT (finding_id) ON evidence_due FROM ecc_diagnose;
