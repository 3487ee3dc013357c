-- migrate:up
-- A plan that is edited, or hours that are corrected, may put an item back to an earlier stage: what comes after it is told
-- once more. Which stage was told is kept by its key, since positions are those of the plan as it was then.
ALTER TABLE maintenance_item ADD COLUMN stage_key text, ADD COLUMN turn smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN maintenance_item.turn IS 'how often the item went back to an earlier stage in this cycle';
UPDATE maintenance_item i SET stage_key = (
    SELECT r.stage FROM reminder r
    WHERE r.machine_id = i.machine_id AND r.item = i.item AND r.cycle = i.cycle AND r.stage NOT LIKE 'again:%'
    ORDER BY r.reminder_id DESC LIMIT 1
)
WHERE i.stage >= 0;
ALTER TABLE reminder ADD COLUMN turn smallint NOT NULL DEFAULT 0;
-- squawk-ignore ban-drop-constraint
ALTER TABLE reminder DROP CONSTRAINT reminder_machine_id_item_cycle_stage_key;
CREATE UNIQUE INDEX reminder_once ON reminder (machine_id, item, cycle, turn, stage);
GRANT UPDATE (stage_key, turn) ON maintenance_item TO ecc_api;

-- migrate:down
REVOKE UPDATE (stage_key, turn) ON maintenance_item FROM ecc_api;
DELETE FROM reminder WHERE turn > 0;
DROP INDEX reminder_once;
ALTER TABLE reminder DROP COLUMN turn;
ALTER TABLE reminder ADD CONSTRAINT reminder_machine_id_item_cycle_stage_key UNIQUE (machine_id, item, cycle, stage);
ALTER TABLE maintenance_item DROP COLUMN turn, DROP COLUMN stage_key;
