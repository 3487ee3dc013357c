-- migrate:up
-- A transfer that has taken effect is undone by the buyer's side or the platform only: undone by the seller, it would open
-- all of the buyer's time to the seller. One that has not begun the seller may take back.
CREATE FUNCTION tenant_may_correct(wrong integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tenant_sees_all() OR EXISTS (
        SELECT FROM machine_transfer t
        WHERE t.transfer_id = wrong AND (
            t.to_organisation_id = ANY (tenant_organisation_ids())
            OR (t.at > now() AND t.from_organisation_id = ANY (tenant_organisation_ids()))
        )
    )
$$;

CREATE OR REPLACE FUNCTION undo_transfer(wrong integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    t machine_transfer;
BEGIN
    SELECT * INTO STRICT t FROM machine_transfer x WHERE x.transfer_id = wrong FOR UPDATE;
    IF NOT tenant_may_correct(wrong) THEN
        RAISE insufficient_privilege USING MESSAGE = 'only the buyer or the platform undoes a transfer in effect';
    END IF;
    DELETE FROM ownership o WHERE o.machine_id = t.machine_id AND o.from_at = t.at AND o.to_at = 'infinity'
        AND o.organisation_id = t.to_organisation_id;
    IF NOT FOUND THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = 'only the last transfer can be undone';
    END IF;
    UPDATE ownership o SET to_at = 'infinity'
    WHERE o.machine_id = t.machine_id AND o.to_at = t.at AND o.organisation_id = t.from_organisation_id;
    DELETE FROM sharing s WHERE s.machine_id = t.machine_id AND s.from_at >= t.at;
    UPDATE sharing s SET to_at = e.value::timestamptz, version = s.version + 1
    FROM jsonb_each_text(t.ended_shares) e
    WHERE s.machine_id = t.machine_id AND s.public_id = e.key::uuid AND s.to_at = t.at;
END
$$;

-- The one way to record a transfer: it changes the owner, unless the buyer is the owner (a sale taken back). A buyer that
-- undid its purchase owns the machine no more and may record just that.
CREATE FUNCTION record_transfer(
    id uuid, wanted integer, buyer integer, instant timestamptz, document text, wrong integer, recorded timestamptz,
    author text
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    seller integer;
    ended jsonb := '{}';
    made integer;
BEGIN
    SELECT o.organisation_id INTO seller FROM ownership o
    WHERE o.machine_id = wanted AND o.from_at <= instant AND instant < o.to_at;
    IF wrong IS NOT NULL AND NOT (tenant_may_correct(wrong) AND EXISTS (
        SELECT FROM machine_transfer t WHERE t.transfer_id = wrong AND t.machine_id = wanted
    )) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the transfer is not the tenant''s to correct';
    END IF;
    IF NOT tenant_owns(wanted, instant) AND NOT EXISTS (
        SELECT FROM machine_transfer t
        WHERE t.transfer_id = wrong AND t.at = instant AND t.from_organisation_id = buyer AND seller = buyer
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the seller must be of the tenant';
    END IF;
    IF buyer IS DISTINCT FROM seller THEN
        ended := transfer_ownership(wanted, buyer, instant);
    END IF;
    INSERT INTO machine_transfer (public_id, machine_id, from_organisation_id, to_organisation_id, at, document_no,
                                  corrects, ended_shares, recorded_at, recorded_by)
    VALUES (id, wanted, seller, buyer, instant, document, wrong, ended, recorded, author)
    RETURNING transfer_id INTO made;
    RETURN made;
END
$$;
REVOKE EXECUTE ON FUNCTION tenant_may_correct(integer),
record_transfer(uuid, integer, integer, timestamptz, text, integer, timestamptz, text) FROM public;
GRANT EXECUTE ON FUNCTION record_transfer(uuid, integer, integer, timestamptz, text, integer, timestamptz, text) TO ecc_api;
REVOKE EXECUTE ON FUNCTION transfer_ownership(integer, integer, timestamptz) FROM ecc_api;
REVOKE INSERT ON machine_transfer FROM ecc_api;

-- What a tenant adds to the event log is of a machine or an alarm that it sees, or its own organisation's, and names no
-- foreign organisation; what it adds to an alarm, of one that it sees (the policy tenant).
DROP POLICY tenant_append ON event_log;
ALTER POLICY tenant ON event_log WITH CHECK (
    (SELECT tenant_sees_all())
    OR (
        (organisation_id IS NULL OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer []))
        AND (
            tenant_sees_entry(machine_id, kind, at)
            OR EXISTS (
                SELECT FROM alarm a
                WHERE a.alarm_id = (event_log.payload ->> 'alarm_id')::uuid AND a.machine_id = event_log.machine_id
            )
            OR (machine_id IS NULL AND organisation_id IS NOT NULL)
        )
    )
);
DROP POLICY tenant_append ON alarm_transition;

-- What the row says before the statement that changes it: a policy sees the new row only.
CREATE FUNCTION terminal_keeper(wanted integer) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organisation_id FROM terminal WHERE terminal_id = wanted
$$;
CREATE FUNCTION organisation_parent(wanted integer) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT parent_id FROM organisation WHERE organisation_id = wanted
$$;
REVOKE EXECUTE ON FUNCTION terminal_keeper(integer), organisation_parent(integer) FROM public;
GRANT EXECUTE ON FUNCTION terminal_keeper(integer), organisation_parent(integer) TO ecc_api;

-- A terminal stays with its keeper, or comes to the tenant.
ALTER POLICY tenant_write ON terminal WITH CHECK (
    (SELECT tenant_sees_all())
    OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    OR organisation_id IS NOT DISTINCT FROM terminal_keeper(terminal_id)
);
-- An organisation stays where it is, or moves within the tenant's tree; the tenant itself does not move.
CREATE POLICY tenant_place ON organisation AS RESTRICTIVE FOR UPDATE TO ecc_api USING (TRUE) WITH CHECK (
    (SELECT tenant_sees_all())
    OR parent_id IS NOT DISTINCT FROM organisation_parent(organisation_id)
    OR (parent_id = ANY ((SELECT tenant_organisation_ids())::integer []) AND organisation_id <> (SELECT tenant()))
);

-- Only before signing in there is nobody to name.
ALTER POLICY tenant_append ON audit WITH CHECK (
    (SELECT tenant_sees_all())
    OR actor_organisation_id = (SELECT tenant())
    OR (actor_organisation_id IS NULL AND (SELECT tenant()) IS NULL)
);

-- The API writes no jobs.
REVOKE ALL ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers FROM ecc_api;
REVOKE ALL ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq,
procrastinate_workers_id_seq FROM ecc_api;

-- migrate:down
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq,
procrastinate_workers_id_seq TO ecc_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
procrastinate_workers TO ecc_api;
ALTER POLICY tenant_append ON audit WITH CHECK (
    actor_organisation_id IS NULL OR actor_organisation_id = (SELECT tenant()) OR (SELECT tenant_sees_all())
);
DROP POLICY tenant_place ON organisation;
ALTER POLICY tenant_write ON terminal WITH CHECK (TRUE);
DROP FUNCTION organisation_parent(integer);
DROP FUNCTION terminal_keeper(integer);
CREATE POLICY tenant_append ON alarm_transition FOR INSERT TO ecc_api WITH CHECK (TRUE);
DROP POLICY tenant ON event_log;
CREATE POLICY tenant ON event_log TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR tenant_sees_entry(machine_id, kind, at)
    OR (machine_id IS NULL AND organisation_id = ANY ((SELECT tenant_organisation_ids())::integer []))
);
CREATE POLICY tenant_append ON event_log FOR INSERT TO ecc_api WITH CHECK (TRUE);
GRANT INSERT ON machine_transfer TO ecc_api;
GRANT EXECUTE ON FUNCTION transfer_ownership(integer, integer, timestamptz) TO ecc_api;
DROP FUNCTION record_transfer(uuid, integer, integer, timestamptz, text, integer, timestamptz, text);
CREATE OR REPLACE FUNCTION undo_transfer(wrong integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    t machine_transfer;
BEGIN
    SELECT * INTO STRICT t FROM machine_transfer x WHERE x.transfer_id = wrong FOR UPDATE;
    IF NOT tenant_sees_all() AND coalesce(t.from_organisation_id <> ALL (tenant_organisation_ids()), TRUE) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the seller must be of the tenant';
    END IF;
    DELETE FROM ownership o WHERE o.machine_id = t.machine_id AND o.from_at = t.at AND o.to_at = 'infinity'
        AND o.organisation_id = t.to_organisation_id;
    IF NOT FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = 'only the last transfer can be undone';
    END IF;
    UPDATE ownership o SET to_at = 'infinity'
    WHERE o.machine_id = t.machine_id AND o.to_at = t.at AND o.organisation_id = t.from_organisation_id;
    DELETE FROM sharing s WHERE s.machine_id = t.machine_id AND s.from_at >= t.at;
    UPDATE sharing s SET to_at = e.value::timestamptz, version = s.version + 1
    FROM jsonb_each_text(t.ended_shares) e
    WHERE s.machine_id = t.machine_id AND s.public_id = e.key::uuid AND s.to_at = t.at;
END
$$;
DROP FUNCTION tenant_may_correct(integer);
