-- migrate:up
-- Whoever moves to another time zone gets the next brief at the same time of day there.
CREATE FUNCTION move_report_subscriptions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE report_subscription
    SET next_at = (next_at AT TIME ZONE coalesce(old.time_zone, 'UTC')) AT TIME ZONE coalesce(new.time_zone, 'UTC')
    WHERE user_id = new.user_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION move_report_subscriptions() FROM public;
CREATE TRIGGER briefs_follow_their_reader AFTER UPDATE OF time_zone ON app_user
FOR EACH ROW WHEN (new.time_zone IS DISTINCT FROM old.time_zone) EXECUTE FUNCTION move_report_subscriptions();

-- migrate:down
DROP TRIGGER briefs_follow_their_reader ON app_user;
DROP FUNCTION move_report_subscriptions();
