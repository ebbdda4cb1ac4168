-- The whole schema of records.db, as all migrations leave it; a test compares the two.
-- Change it together with a new migration.

CREATE TABLE tenant (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE session (
    inbox_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    signed_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    latest_moment INTEGER NOT NULL,
    revision_count INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    problems TEXT,
    alarm_times INTEGER NOT NULL,
    category TEXT NOT NULL,
    close_reason INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    evaluation_type INTEGER NOT NULL,
    evaluation INTEGER NOT NULL,
    evaluation_remark TEXT NOT NULL,
    staff_invited_evaluate_time TEXT NOT NULL,
    user_join_evaluate_time TEXT NOT NULL,
    user_resolved_status INTEGER NOT NULL,
    foreign_id TEXT NOT NULL,
    from_group_id INTEGER NOT NULL,
    from_group TEXT NOT NULL,
    from_ip TEXT NOT NULL,
    from_page TEXT NOT NULL,
    from_staff TEXT NOT NULL,
    from_title TEXT NOT NULL,
    from_type TEXT NOT NULL,
    id INTEGER NOT NULL,
    in_queue_time INTEGER NOT NULL,
    interaction INTEGER NOT NULL,
    related_id INTEGER NOT NULL,
    related_type INTEGER NOT NULL,
    staff_first_reply_time INTEGER NOT NULL,
    s_type TEXT NOT NULL,
    staff_id INTEGER NOT NULL,
    staff_name TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    stick_duration INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    remarks TEXT NOT NULL,
    custom_field TEXT NOT NULL,
    status INTEGER NOT NULL,
    vip_level INTEGER NOT NULL,
    visit_range INTEGER NOT NULL,
    transfer_rg_type TEXT NOT NULL,
    round_number INTEGER NOT NULL,
    client_first_message_time INTEGER NOT NULL,
    avg_resp_duration INTEGER NOT NULL,
    is_valid INTEGER NOT NULL,
    human_transfer_session_id INTEGER NOT NULL,
    transfer_from_staff_name TEXT NOT NULL,
    transfer_from_group TEXT NOT NULL,
    transfer_remarks TEXT NOT NULL,
    staff_message_count INTEGER NOT NULL,
    user_message_count INTEGER NOT NULL,
    transfer_type TEXT NOT NULL,
    overflow_from TEXT NOT NULL,
    is_staff_invited TEXT NOT NULL,
    treated_time INTEGER NOT NULL,
    from_human_transfer INTEGER NOT NULL,
    first_reply_cost INTEGER NOT NULL,
    category_detail TEXT NOT NULL,
    is_evaluation_invited INTEGER NOT NULL,
    beginer INTEGER NOT NULL,
    ender INTEGER NOT NULL,
    origin_platform TEXT NOT NULL,
    search_key TEXT NOT NULL,
    land_page TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX session_key ON session (tenant_id, id);
CREATE INDEX session_listing ON session (end_time, tenant_id, id);
CREATE UNIQUE INDEX session_version ON session (version);

CREATE TABLE superseded (
    inbox_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    session_id INTEGER NOT NULL,
    signed_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    latest_moment INTEGER NOT NULL,
    sha256 BLOB NOT NULL
) STRICT;

CREATE INDEX superseded_session ON superseded (tenant_id, session_id);

CREATE TABLE resigned (
    inbox_id INTEGER PRIMARY KEY,
    signed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE unreadable (
    inbox_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    arrived_at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE drift (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    distinct_sample TEXT NOT NULL,
    sample TEXT NOT NULL,
    seen_count INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, field, distinct_sample)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    inbox_cursor INTEGER NOT NULL,
    repeat_cursor INTEGER NOT NULL,
    applied_at INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    with_problems INTEGER NOT NULL,
    unreadable INTEGER NOT NULL,
    other_events INTEGER NOT NULL,
    drift_dropped INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO progress (
    id, inbox_cursor, repeat_cursor, applied_at, sessions, superseded, with_problems, unreadable, other_events,
    drift_dropped
) VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE opening (
    id INTEGER PRIMARY KEY,
    mark TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL
) STRICT;

CREATE VIEW sessions AS
SELECT
    tenant.name AS tenant,
    session.alarm_times,
    session.category,
    session.close_reason,
    session.end_time,
    session.evaluation_type,
    session.evaluation,
    session.evaluation_remark,
    session.staff_invited_evaluate_time,
    session.user_join_evaluate_time,
    session.user_resolved_status,
    session.foreign_id,
    session.from_group_id,
    session.from_group,
    session.from_ip,
    session.from_page,
    session.from_staff,
    session.from_title,
    session.from_type,
    session.id,
    session.in_queue_time,
    session.interaction,
    session.related_id,
    session.related_type,
    session.staff_first_reply_time,
    session.s_type,
    session.staff_id,
    session.staff_name,
    session.start_time,
    session.stick_duration,
    session.user_id,
    session.remarks,
    session.custom_field,
    session.status,
    session.vip_level,
    session.visit_range,
    session.transfer_rg_type,
    session.round_number,
    session.client_first_message_time,
    session.avg_resp_duration,
    session.is_valid,
    session.human_transfer_session_id,
    session.transfer_from_staff_name,
    session.transfer_from_group,
    session.transfer_remarks,
    session.staff_message_count,
    session.user_message_count,
    session.transfer_type,
    session.overflow_from,
    session.is_staff_invited,
    session.treated_time,
    session.from_human_transfer,
    session.first_reply_cost,
    session.category_detail,
    session.is_evaluation_invited,
    session.beginer,
    session.ender,
    session.origin_platform,
    session.search_key,
    session.land_page,
    session.inbox_id,
    session.signed_at,
    session.arrived_at,
    session.revision_count,
    session.problems
FROM session
JOIN tenant ON tenant.id = session.tenant_id;

CREATE VIEW revisions AS
SELECT
    tenant.name AS tenant, session.id AS session_id, session.inbox_id, session.signed_at, session.arrived_at,
    session.latest_moment, session.sha256, 1 AS is_current
FROM session
JOIN tenant ON tenant.id = session.tenant_id
UNION ALL
SELECT
    tenant.name, superseded.session_id, superseded.inbox_id, superseded.signed_at, superseded.arrived_at,
    superseded.latest_moment, superseded.sha256, 0
FROM superseded
JOIN tenant ON tenant.id = superseded.tenant_id;
