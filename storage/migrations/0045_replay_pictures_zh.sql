-- migrate:up
-- The picture of a replay in Chinese beside the English one; null of replays before.
ALTER TABLE rule_replay_plot ADD COLUMN png_zh bytea, ADD COLUMN svg_zh text;

-- migrate:down
ALTER TABLE rule_replay_plot DROP COLUMN png_zh, DROP COLUMN svg_zh;
