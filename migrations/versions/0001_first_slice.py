"""First slice: people, queues, work, calls, messages, the event log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_first_slice"
down_revision = None
branch_labels = None
depends_on = None


#: What SQLAlchemy's tables cannot say: sequences, the immutable log, no overlap of agents' intervals, final states.
BEFORE_TABLES = (
    "CREATE SEQUENCE customer_reference START 100001",
    "CREATE SEQUENCE image_version",
)
AFTER_TABLES = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the event log is append-only'; END $$""",
    """CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """ALTER TABLE agent_intervals ADD CONSTRAINT ex_agent_intervals_no_overlap EXCLUDE USING gist (
        int8range(agent_id, agent_id, '[]') WITH &&,
        tstzrange(started_at, coalesce(ended_at, 'infinity'), '[)') WITH &&)
        DEFERRABLE INITIALLY DEFERRED""",
    """CREATE FUNCTION refuse_leaving_final() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is final for % %', OLD.state, TG_TABLE_NAME, OLD.id; END $$""",
    """CREATE TRIGGER work_items_final BEFORE UPDATE OF state ON work_items FOR EACH ROW
    WHEN (OLD.state IN ('closed','canceled') AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()""",
    """CREATE TRIGGER reservations_final BEFORE UPDATE OF state ON reservations FOR EACH ROW
    WHEN (OLD.state IN ('completed','rejected','timed_out','canceled','rescinded','failed')
          AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()""",
    """CREATE TRIGGER calls_final BEFORE UPDATE OF state ON calls FOR EACH ROW
    WHEN (OLD.state = 'ended' AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()""",
    """CREATE FUNCTION refuse_moving_enqueued() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'work item %: enqueued_at is set once per queue leg', OLD.id; END $$""",
    """CREATE TRIGGER work_items_place BEFORE UPDATE OF enqueued_at ON work_items FOR EACH ROW
    WHEN (OLD.enqueued_at IS NOT NULL AND NEW.enqueued_at IS DISTINCT FROM OLD.enqueued_at)
    EXECUTE FUNCTION refuse_moving_enqueued()""",
)
FUNCTIONS = ("refuse_change", "refuse_leaving_final", "refuse_moving_enqueued")


def upgrade() -> None:
    for statement in BEFORE_TABLES:
        op.execute(statement)
    op.create_table('break_codes',
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_break_codes')),
    sa.UniqueConstraint('code', name=op.f('uq_break_codes_code'))
    )
    op.create_table('console_messages',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('provider_id', sa.String(length=64), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_console_messages')),
    sa.UniqueConstraint('provider_id', name=op.f('uq_console_messages_provider_id'))
    )
    op.create_table('job_slots',
    sa.Column('job', sa.String(length=40), nullable=False),
    sa.Column('slot', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('job', 'slot', name=op.f('pk_job_slots'))
    )
    op.create_table('live_payloads',
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_live_payloads'))
    )
    op.create_table('outbox',
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=10), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_by', sa.String(length=40), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(length=500), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('waiting','running','done','dead','unknown')", name=op.f('ck_outbox_state_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    op.create_index('ix_outbox_due', 'outbox', ['due_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('waiting','running','unknown')"))
    op.create_index('ix_outbox_key', 'outbox', ['key', 'id'], unique=False, postgresql_where=sa.text("state IN ('waiting','running','unknown')"))
    op.create_index('uq_outbox_running_key', 'outbox', ['key'], unique=True, postgresql_where=sa.text("state = 'running'"))
    op.create_table('queues',
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('pool', sa.String(length=30), server_default='main', nullable=False),
    sa.Column('strategy', sa.String(length=30), server_default='longest_idle', nullable=False),
    sa.Column('priority', sa.Integer(), server_default='0', nullable=False),
    sa.Column('priority_step_s', sa.Integer(), server_default='60', nullable=False),
    sa.Column('ring_s', sa.Integer(), server_default='20', nullable=False),
    sa.Column('acw_s', sa.Integer(), server_default='30', nullable=False),
    sa.Column('acw_extension_s', sa.Integer(), server_default='60', nullable=False),
    sa.Column('acw_cap_s', sa.Integer(), server_default='900', nullable=False),
    sa.Column('target_s', sa.Integer(), server_default='20', nullable=False),
    sa.Column('target_percent', sa.Integer(), server_default='80', nullable=False),
    sa.Column('short_abandon_s', sa.Integer(), server_default='5', nullable=False),
    sa.Column('preferred_agent_s', sa.Integer(), server_default='20', nullable=False),
    sa.Column('language_relax_s', sa.Integer(), nullable=True),
    sa.Column('miss_limit', sa.Integer(), server_default='1', nullable=False),
    sa.Column('public', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("strategy IN ('longest_idle','fewest_contacts_today','best_skill')", name=op.f('ck_queues_strategy_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queues')),
    sa.UniqueConstraint('code', name=op.f('uq_queues_code'))
    )
    op.create_table('routing_passes',
    sa.Column('pool', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('agents', sa.Integer(), nullable=False),
    sa.Column('pairs', sa.Integer(), nullable=False),
    sa.Column('unplaced', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_passes'))
    )
    op.create_table('skills',
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('skill','language')", name=op.f('ck_skills_kind_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_skills')),
    sa.UniqueConstraint('code', name=op.f('uq_skills_code'))
    )
    op.create_table('sms_templates',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_templates'))
    )
    op.create_index('uq_sms_templates_code_language', 'sms_templates', ['code', 'language'], unique=True)
    op.create_table('teams',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teams')),
    sa.UniqueConstraint('name', name=op.f('uq_teams_name'))
    )
    op.create_table('users',
    sa.Column('login', sa.String(length=120), nullable=False),
    sa.Column('display_name', sa.String(length=120), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=10), server_default='', nullable=False),
    sa.Column('theme', sa.String(length=5), server_default='auto', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('must_change_password', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('failed_sign_ins', sa.Integer(), server_default='0', nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('demo', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("role IN ('agent','supervisor','quality','administrator','read_only')", name=op.f('ck_users_role_known')),
    sa.CheckConstraint('login = lower(login)', name=op.f('ck_users_login_lower_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('login', name=op.f('uq_users_login'))
    )
    op.create_table('web_processes',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_processes'))
    )
    op.create_table('agents',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=True),
    sa.Column('session_state', sa.String(length=10), server_default='offline', nullable=False),
    sa.Column('grace_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('intent', sa.String(length=10), server_default='offline', nullable=False),
    sa.Column('break_code_id', sa.BigInteger(), nullable=True),
    sa.Column('intent_since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('pending_intent', sa.String(length=10), nullable=True),
    sa.Column('pending_break_code_id', sa.BigInteger(), nullable=True),
    sa.Column('cool_down_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('misses', sa.Integer(), server_default='0', nullable=False),
    sa.Column('idle_since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('contacts_today', sa.Integer(), server_default='0', nullable=False),
    sa.Column('contacts_on', sa.Date(), nullable=True),
    sa.Column('epoch', sa.Integer(), server_default='0', nullable=False),
    sa.Column('device_tab', sa.String(length=40), nullable=True),
    sa.Column('device_page', sa.String(length=40), nullable=True),
    sa.Column('device_sid', sa.String(length=40), nullable=True),
    sa.Column('device_ready', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('max_voice', sa.Integer(), server_default='1', nullable=False),
    sa.Column('max_sms', sa.Integer(), server_default='4', nullable=False),
    sa.Column('max_ticket', sa.Integer(), server_default='5', nullable=False),
    sa.Column('public_name', sa.String(length=60), server_default='', nullable=False),
    sa.CheckConstraint("intent IN ('available','break','training','coaching','missed','offline')", name=op.f('ck_agents_intent_known')),
    sa.CheckConstraint("pending_intent IS NULL OR pending_intent IN ('available','break','training','coaching','missed','offline')", name=op.f('ck_agents_pending_intent_known')),
    sa.CheckConstraint("session_state IN ('offline','connected','grace')", name=op.f('ck_agents_session_state_known')),
    sa.CheckConstraint('max_voice BETWEEN 0 AND 1', name=op.f('ck_agents_one_voice_contact')),
    sa.ForeignKeyConstraint(['break_code_id'], ['break_codes.id'], name=op.f('fk_agents_break_code_id_break_codes')),
    sa.ForeignKeyConstraint(['id'], ['users.id'], name=op.f('fk_agents_id_users')),
    sa.ForeignKeyConstraint(['pending_break_code_id'], ['break_codes.id'], name=op.f('fk_agents_pending_break_code_id_break_codes')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_agents_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agents'))
    )
    op.create_index('ix_agents_routable', 'agents', ['idle_since'], unique=False, postgresql_where=sa.text("session_state = 'connected' AND intent = 'available'"))
    op.create_table('dispositions',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_dispositions_queue_id_queues')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispositions')),
    sa.UniqueConstraint('code', name=op.f('uq_dispositions_code'))
    )
    op.create_table('events',
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=30), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=False),
    sa.Column('actor', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.String(length=500), server_default='', nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('contact_id', sa.String(length=36), nullable=True),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_events_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    op.create_index('ix_events_contact_id', 'events', ['contact_id'], unique=False, postgresql_where='contact_id IS NOT NULL')
    op.create_index('ix_events_name_at', 'events', ['name', 'at'], unique=False)
    op.create_index('ix_events_subject', 'events', ['subject', 'subject_id', 'id'], unique=False)
    op.create_table('import_runs',
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=10), server_default='draft', nullable=False),
    sa.Column('plan', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('total_rows', sa.Integer(), server_default='0', nullable=False),
    sa.Column('done_rows', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_rows', sa.Integer(), server_default='0', nullable=False),
    sa.Column('updated_rows', sa.Integer(), server_default='0', nullable=False),
    sa.Column('refused', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('started_by', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('draft','waiting','running','stopped','done','failed')", name=op.f('ck_import_runs_state_known')),
    sa.ForeignKeyConstraint(['started_by'], ['users.id'], name=op.f('fk_import_runs_started_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_runs'))
    )
    op.create_table('queue_skills',
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('skill_id', sa.BigInteger(), nullable=False),
    sa.Column('min_level', sa.Integer(), server_default='1', nullable=False),
    sa.Column('relax_after_s', sa.Integer(), nullable=True),
    sa.Column('relaxed_level', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_queue_skills_queue_id_queues')),
    sa.ForeignKeyConstraint(['skill_id'], ['skills.id'], name=op.f('fk_queue_skills_skill_id_skills')),
    sa.PrimaryKeyConstraint('queue_id', 'skill_id', name=op.f('pk_queue_skills'))
    )
    op.create_table('topics',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('public', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_topics_queue_id_queues')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topics')),
    sa.UniqueConstraint('code', name=op.f('uq_topics_code'))
    )
    op.create_table('user_sessions',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('address', sa.String(length=60), server_default='', nullable=False),
    sa.Column('browser', sa.String(length=200), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_user_sessions_user_id_users')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_user_sessions'))
    )
    op.create_index('ix_user_sessions_user_id', 'user_sessions', ['user_id'], unique=False)
    op.create_table('agent_intervals',
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('ended_at IS NULL OR ended_at >= started_at', name=op.f('ck_agent_intervals_ends_after_start')),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_agent_intervals_agent_id_agents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_intervals'))
    )
    op.create_index('ix_agent_intervals_agent_id_started_at', 'agent_intervals', ['agent_id', 'started_at'], unique=False)
    op.create_index('uq_agent_intervals_open', 'agent_intervals', ['agent_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('agent_skills',
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.Column('skill_id', sa.BigInteger(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.CheckConstraint('level BETWEEN 1 AND 5', name=op.f('ck_agent_skills_level_in_range')),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_agent_skills_agent_id_agents')),
    sa.ForeignKeyConstraint(['skill_id'], ['skills.id'], name=op.f('fk_agent_skills_skill_id_skills')),
    sa.PrimaryKeyConstraint('agent_id', 'skill_id', name=op.f('pk_agent_skills'))
    )
    op.create_table('agent_sockets',
    sa.Column('sid', sa.String(length=40), nullable=False),
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.Column('process_id', sa.String(length=40), nullable=False),
    sa.Column('tab', sa.String(length=40), server_default='', nullable=False),
    sa.Column('page', sa.String(length=40), server_default='', nullable=False),
    sa.Column('connected_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_agent_sockets_agent_id_agents')),
    sa.PrimaryKeyConstraint('sid', name=op.f('pk_agent_sockets'))
    )
    op.create_index('ix_agent_sockets_agent_id', 'agent_sockets', ['agent_id'], unique=False)
    op.create_table('certificates',
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('granted_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('granted_by', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.String(length=300), server_default='', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('expires_on IS NULL OR expires_on >= granted_on', name=op.f('ck_certificates_expires_after_grant')),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_certificates_agent_id_agents')),
    sa.ForeignKeyConstraint(['granted_by'], ['users.id'], name=op.f('fk_certificates_granted_by_users')),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_certificates_queue_id_queues')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificates'))
    )
    op.create_index('ix_certificates_agent_id_queue_id', 'certificates', ['agent_id', 'queue_id'], unique=False)
    op.create_table('customers',
    sa.Column('reference', sa.String(length=20), server_default=sa.text("'C-' || nextval('customer_reference')"), nullable=False),
    sa.Column('kind', sa.String(length=12), server_default='person', nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('company', sa.String(length=200), server_default='', nullable=False),
    sa.Column('tier', sa.String(length=10), server_default='standard', nullable=False),
    sa.Column('language', sa.String(length=10), server_default='', nullable=False),
    sa.Column('time_zone', sa.String(length=40), server_default='Europe/London', nullable=False),
    sa.Column('email', sa.String(length=254), server_default='', nullable=False),
    sa.Column('address', sa.String(length=300), server_default='', nullable=False),
    sa.Column('city', sa.String(length=100), server_default='', nullable=False),
    sa.Column('country', sa.String(length=2), server_default='', nullable=False),
    sa.Column('special_requirements', sa.String(length=2000), server_default='', nullable=False),
    sa.Column('preferred_agent_id', sa.BigInteger(), nullable=True),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('search', postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
    sa.Column('demo', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('person','organisation')", name=op.f('ck_customers_kind_known')),
    sa.CheckConstraint("tier IN ('standard','silver','gold','key')", name=op.f('ck_customers_tier_known')),
    sa.CheckConstraint('length(name) BETWEEN 1 AND 200', name=op.f('ck_customers_name_length')),
    sa.ForeignKeyConstraint(['preferred_agent_id'], ['agents.id'], name=op.f('fk_customers_preferred_agent_id_agents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers')),
    sa.UniqueConstraint('reference', name=op.f('uq_customers_reference'))
    )
    op.create_index('ix_customers_name', 'customers', [sa.literal_column('lower(name)'), 'id'], unique=False)
    op.create_index('ix_customers_search', 'customers', ['search'], unique=False, postgresql_using='gin')
    op.create_table('queue_members',
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_queue_members_agent_id_agents')),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_queue_members_queue_id_queues')),
    sa.PrimaryKeyConstraint('queue_id', 'agent_id', name=op.f('pk_queue_members'))
    )
    op.create_index(op.f('ix_queue_members_agent_id'), 'queue_members', ['agent_id'], unique=False)
    op.create_table('consents',
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('source', sa.String(length=30), nullable=False),
    sa.Column('proof', sa.String(length=500), server_default='', nullable=False),
    sa.Column('recorded_by', sa.BigInteger(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('given','withdrawn')", name=op.f('ck_consents_state_known')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_consents_customer_id_customers')),
    sa.ForeignKeyConstraint(['recorded_by'], ['users.id'], name=op.f('fk_consents_recorded_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    op.create_index('ix_consents_address', 'consents', ['address', 'purpose', 'id'], unique=False)
    op.create_index('ix_consents_customer_id', 'consents', ['customer_id'], unique=False)
    op.create_table('customer_notes',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('author_id', sa.BigInteger(), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('pinned', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_customer_notes_author_id_users')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_customer_notes_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_notes'))
    )
    op.create_index('ix_customer_notes_customer_id', 'customer_notes', ['customer_id', 'created_at'], unique=False)
    op.create_table('customer_phones',
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('e164', sa.String(length=16), nullable=False),
    sa.Column('raw', sa.String(length=60), server_default='', nullable=False),
    sa.Column('label', sa.String(length=30), server_default='', nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("e164 ~ '^\\+[0-9]{5,15}$'", name=op.f('ck_customer_phones_e164_form')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_customer_phones_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_phones'))
    )
    op.create_index('ix_customer_phones_e164', 'customer_phones', ['e164'], unique=False)
    op.create_index('uq_customer_phones_customer_id_e164', 'customer_phones', ['customer_id', 'e164'], unique=True)
    op.create_table('messages',
    sa.Column('direction', sa.String(length=3), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('contact_id', sa.String(length=36), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=10), server_default='', nullable=False),
    sa.Column('template_id', sa.BigInteger(), nullable=True),
    sa.Column('encoding', sa.String(length=5), server_default='gsm7', nullable=False),
    sa.Column('segments', sa.Integer(), server_default='1', nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('error', sa.String(length=60), server_default='', nullable=False),
    sa.Column('provider', sa.String(length=20), server_default='console', nullable=False),
    sa.Column('provider_id', sa.String(length=64), nullable=True),
    sa.Column('intent_key', sa.String(length=80), nullable=True),
    sa.Column('author_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("direction IN ('in','out')", name=op.f('ck_messages_direction_known')),
    sa.CheckConstraint("status IN ('queued','sending','sent','delivered','failed','unknown','refused','received')", name=op.f('ck_messages_status_known')),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_messages_author_id_users')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_messages_customer_id_customers')),
    sa.ForeignKeyConstraint(['template_id'], ['sms_templates.id'], name=op.f('fk_messages_template_id_sms_templates')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages'))
    )
    op.create_index('ix_messages_customer_id', 'messages', ['customer_id', 'id'], unique=False)
    op.create_index('ix_messages_number', 'messages', ['number', 'id'], unique=False)
    op.create_index('uq_messages_intent_key', 'messages', ['intent_key'], unique=True, postgresql_where=sa.text('intent_key IS NOT NULL'))
    op.create_index('uq_messages_provider_id', 'messages', ['provider', 'provider_id'], unique=True, postgresql_where=sa.text('provider_id IS NOT NULL'))
    op.create_table('parcels',
    sa.Column('tracking_number', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('description', sa.String(length=200), server_default='', nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('origin', sa.String(length=80), server_default='', nullable=False),
    sa.Column('destination', sa.String(length=80), server_default='', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_parcels_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parcels')),
    sa.UniqueConstraint('tracking_number', name=op.f('uq_parcels_tracking_number'))
    )
    op.create_index('ix_parcels_customer_id', 'parcels', ['customer_id', 'updated_at'], unique=False)
    op.create_table('work_items',
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('leg', sa.Integer(), server_default='1', nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=False),
    sa.Column('pool', sa.String(length=30), server_default='main', nullable=False),
    sa.Column('lane', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=40), server_default='', nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('language', sa.String(length=10), server_default='', nullable=False),
    sa.Column('topic_id', sa.BigInteger(), nullable=True),
    sa.Column('priority', sa.Integer(), server_default='0', nullable=False),
    sa.Column('enqueued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rank_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('weight', sa.Integer(), server_default='1', nullable=False),
    sa.Column('preferred_agent_id', sa.BigInteger(), nullable=True),
    sa.Column('preferred_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('handover', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("channel IN ('voice','sms','ticket')", name=op.f('ck_work_items_channel_known')),
    sa.CheckConstraint("kind IN ('call','consult','sms','ticket','callback','quality')", name=op.f('ck_work_items_kind_known')),
    sa.CheckConstraint("state IN ('scheduled','created','queued','reserved','assigned','wrapping','parked','closed','canceled')", name=op.f('ck_work_items_state_known')),
    sa.CheckConstraint("state NOT IN ('queued','reserved') OR enqueued_at IS NOT NULL", name=op.f('ck_work_items_queued_has_time')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_work_items_customer_id_customers')),
    sa.ForeignKeyConstraint(['preferred_agent_id'], ['agents.id'], name=op.f('fk_work_items_preferred_agent_id_agents')),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_work_items_queue_id_queues')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_work_items_topic_id_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_items'))
    )
    op.create_index('ix_work_items_contact_id', 'work_items', ['contact_id'], unique=False)
    op.create_index('ix_work_items_lane', 'work_items', ['pool', 'lane', 'rank_at', 'id'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_work_items_queue_id_enqueued_at', 'work_items', ['queue_id', 'enqueued_at'], unique=False)
    op.create_index('ix_work_items_queue_waiting', 'work_items', ['queue_id', 'rank_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('queued','reserved')"))
    op.create_table('calls',
    sa.Column('public_id', sa.String(length=32), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('start_key', sa.String(length=40), nullable=False),
    sa.Column('provider', sa.String(length=20), server_default='browser', nullable=False),
    sa.Column('direction', sa.String(length=10), server_default='inbound', nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('end_reason', sa.String(length=30), server_default='', nullable=False),
    sa.Column('number', sa.String(length=16), server_default='', nullable=False),
    sa.Column('number_verified', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('claimed_name', sa.String(length=200), server_default='', nullable=False),
    sa.Column('language', sa.String(length=10), server_default='en', nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('work_item_id', sa.BigInteger(), nullable=True),
    sa.Column('owner_id', sa.BigInteger(), nullable=True),
    sa.Column('notice_version', sa.String(length=20), server_default='', nullable=False),
    sa.Column('held_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('held_s', sa.Integer(), server_default='0', nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('digits', sa.String(length=60), server_default='', nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f('ck_calls_ended_has_time')),
    sa.CheckConstraint("state IN ('initiated','ivr','queued','offering','bridging','connected','held','consulting','transferred','ended')", name=op.f('ck_calls_state_known')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_calls_customer_id_customers')),
    sa.ForeignKeyConstraint(['owner_id'], ['agents.id'], name=op.f('fk_calls_owner_id_agents')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_items.id'], name=op.f('fk_calls_work_item_id_work_items')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls')),
    sa.UniqueConstraint('contact_id', name=op.f('uq_calls_contact_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_calls_public_id')),
    sa.UniqueConstraint('start_key', name=op.f('uq_calls_start_key'))
    )
    op.create_index('ix_calls_live', 'calls', ['state'], unique=False, postgresql_where=sa.text("state <> 'ended'"))
    op.create_index('ix_calls_work_item_id', 'calls', ['work_item_id'], unique=False)
    op.create_table('opt_outs',
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('word', sa.String(length=40), server_default='', nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_opt_outs_message_id_messages')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_opt_outs'))
    )
    op.create_table('reservations',
    sa.Column('work_item_id', sa.BigInteger(), nullable=False),
    sa.Column('agent_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('weight', sa.Integer(), server_default='1', nullable=False),
    sa.Column('state', sa.String(length=10), server_default='pending', nullable=False),
    sa.Column('reason', sa.String(length=40), server_default='', nullable=False),
    sa.Column('epoch', sa.Integer(), server_default='0', nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ringing_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('active_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wrapping_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('extensions', sa.Integer(), server_default='0', nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hold_s', sa.Integer(), server_default='0', nullable=False),
    sa.Column('draft', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('pending','accepted','active','wrapping','completed','rejected','timed_out','canceled','rescinded','failed')", name=op.f('ck_reservations_state_known')),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_reservations_agent_id_agents')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_items.id'], name=op.f('fk_reservations_work_item_id_work_items')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reservations'))
    )
    op.create_index('ix_reservations_agent_id_offered_at', 'reservations', ['agent_id', 'offered_at'], unique=False)
    op.create_index('ix_reservations_deadline', 'reservations', ['deadline'], unique=False, postgresql_where=sa.text("state IN ('pending','accepted','wrapping')"))
    op.create_index('ix_reservations_live', 'reservations', ['agent_id', 'channel'], unique=False, postgresql_where=sa.text("state IN ('pending','accepted','active','wrapping')"))
    op.create_index('ix_reservations_work_item_id', 'reservations', ['work_item_id'], unique=False)
    op.create_index('uq_reservations_live_item', 'reservations', ['work_item_id'], unique=True, postgresql_where=sa.text("state IN ('pending','accepted','active','wrapping')"))
    op.create_index('uq_reservations_live_voice', 'reservations', ['agent_id'], unique=True, postgresql_where=sa.text("channel = 'voice' AND state IN ('pending','accepted','active','wrapping')"))
    op.create_table('call_legs',
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('reservation_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('page', sa.String(length=40), nullable=True),
    sa.Column('sid', sa.String(length=40), nullable=True),
    sa.Column('process_id', sa.String(length=40), nullable=True),
    sa.Column('lost_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('joined_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("role IN ('customer','agent','consultee','supervisor')", name=op.f('ck_call_legs_role_known')),
    sa.CheckConstraint("state IN ('invited','joining','media_ok','media_lost','left')", name=op.f('ck_call_legs_state_known')),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_call_legs_agent_id_agents')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_legs_call_id_calls')),
    sa.ForeignKeyConstraint(['reservation_id'], ['reservations.id'], name=op.f('fk_call_legs_reservation_id_reservations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_legs'))
    )
    op.create_index('ix_call_legs_agent_id', 'call_legs', ['agent_id'], unique=False, postgresql_where=sa.text("state <> 'left'"))
    op.create_index('uq_call_legs_agent', 'call_legs', ['call_id'], unique=True, postgresql_where=sa.text("role = 'agent' AND state <> 'left'"))
    op.create_index('uq_call_legs_customer', 'call_legs', ['call_id'], unique=True, postgresql_where=sa.text("role = 'customer'"))
    op.create_table('interactions',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('direction', sa.String(length=10), nullable=False),
    sa.Column('outcome', sa.String(length=30), nullable=False),
    sa.Column('queue_id', sa.BigInteger(), nullable=True),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('work_item_id', sa.BigInteger(), nullable=True),
    sa.Column('reservation_id', sa.BigInteger(), nullable=True),
    sa.Column('number', sa.String(length=16), server_default='', nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wait_s', sa.Integer(), server_default='0', nullable=False),
    sa.Column('talk_s', sa.Integer(), server_default='0', nullable=False),
    sa.Column('hold_s', sa.Integer(), server_default='0', nullable=False),
    sa.Column('acw_s', sa.Integer(), server_default='0', nullable=False),
    sa.Column('disposition_id', sa.BigInteger(), nullable=True),
    sa.Column('topic_ids', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('phase', sa.String(length=10), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('incomplete', sa.Boolean(), server_default='false', nullable=False),
    sa.CheckConstraint("outcome IN ('answered','missed','declined','abandoned','short_abandon','abandoned_while_ringing','failed','transferred','no_agent','voicemail','callback')", name=op.f('ck_interactions_outcome_known')),
    sa.CheckConstraint("phase IS NULL OR phase IN ('before','during','after')", name=op.f('ck_interactions_phase_known')),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_interactions_agent_id_agents')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_interactions_customer_id_customers')),
    sa.ForeignKeyConstraint(['disposition_id'], ['dispositions.id'], name=op.f('fk_interactions_disposition_id_dispositions')),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_interactions_queue_id_queues')),
    sa.ForeignKeyConstraint(['reservation_id'], ['reservations.id'], name=op.f('fk_interactions_reservation_id_reservations')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_items.id'], name=op.f('fk_interactions_work_item_id_work_items')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interactions'))
    )
    op.create_index('ix_interactions_agent_id_started_at', 'interactions', ['agent_id', 'started_at'], unique=False)
    op.create_index(op.f('ix_interactions_contact_id'), 'interactions', ['contact_id'], unique=False)
    op.create_index('ix_interactions_customer_id_started_at', 'interactions', ['customer_id', 'started_at'], unique=False)
    op.create_index('ix_interactions_number', 'interactions', ['number'], unique=False)
    op.create_index('uq_interactions_work_item_id_agent_id_outcome', 'interactions', ['reservation_id'], unique=True, postgresql_where=sa.text('reservation_id IS NOT NULL'))
    op.create_table('routing_decisions',
    sa.Column('reservation_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('pass_id', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('trace', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['pass_id'], ['routing_passes.id'], name=op.f('fk_routing_decisions_pass_id_routing_passes')),
    sa.ForeignKeyConstraint(['reservation_id'], ['reservations.id'], name=op.f('fk_routing_decisions_reservation_id_reservations')),
    sa.PrimaryKeyConstraint('reservation_id', name=op.f('pk_routing_decisions'))
    )
    op.create_table('call_links',
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('caller_leg_id', sa.BigInteger(), nullable=False),
    sa.Column('callee_leg_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=10), server_default='open', nullable=False),
    sa.Column('epoch', sa.Integer(), server_default='1', nullable=False),
    sa.Column('caller_up', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('callee_up', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('open','up','lost','closed')", name=op.f('ck_call_links_state_known')),
    sa.CheckConstraint('caller_leg_id <> callee_leg_id', name=op.f('ck_call_links_two_legs')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_links_call_id_calls')),
    sa.ForeignKeyConstraint(['callee_leg_id'], ['call_legs.id'], name=op.f('fk_call_links_callee_leg_id_call_legs')),
    sa.ForeignKeyConstraint(['caller_leg_id'], ['call_legs.id'], name=op.f('fk_call_links_caller_leg_id_call_legs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_links'))
    )
    op.create_index('ix_call_links_call_id', 'call_links', ['call_id'], unique=False, postgresql_where=sa.text("state <> 'closed'"))
    op.create_index('uq_call_links_pair', 'call_links', ['caller_leg_id', 'callee_leg_id'], unique=True, postgresql_where=sa.text("state <> 'closed'"))
    for statement in AFTER_TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index('uq_call_links_pair', table_name='call_links', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index('ix_call_links_call_id', table_name='call_links', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_table('call_links')
    op.drop_table('routing_decisions')
    op.drop_index('uq_interactions_work_item_id_agent_id_outcome', table_name='interactions', postgresql_where=sa.text('reservation_id IS NOT NULL'))
    op.drop_index('ix_interactions_number', table_name='interactions')
    op.drop_index('ix_interactions_customer_id_started_at', table_name='interactions')
    op.drop_index(op.f('ix_interactions_contact_id'), table_name='interactions')
    op.drop_index('ix_interactions_agent_id_started_at', table_name='interactions')
    op.drop_table('interactions')
    op.drop_index('uq_call_legs_customer', table_name='call_legs', postgresql_where=sa.text("role = 'customer'"))
    op.drop_index('uq_call_legs_agent', table_name='call_legs', postgresql_where=sa.text("role = 'agent' AND state <> 'left'"))
    op.drop_index('ix_call_legs_agent_id', table_name='call_legs', postgresql_where=sa.text("state <> 'left'"))
    op.drop_table('call_legs')
    op.drop_index('uq_reservations_live_voice', table_name='reservations', postgresql_where=sa.text("channel = 'voice' AND state IN ('pending','accepted','active','wrapping')"))
    op.drop_index('uq_reservations_live_item', table_name='reservations', postgresql_where=sa.text("state IN ('pending','accepted','active','wrapping')"))
    op.drop_index('ix_reservations_work_item_id', table_name='reservations')
    op.drop_index('ix_reservations_live', table_name='reservations', postgresql_where=sa.text("state IN ('pending','accepted','active','wrapping')"))
    op.drop_index('ix_reservations_deadline', table_name='reservations', postgresql_where=sa.text("state IN ('pending','accepted','wrapping')"))
    op.drop_index('ix_reservations_agent_id_offered_at', table_name='reservations')
    op.drop_table('reservations')
    op.drop_table('opt_outs')
    op.drop_index('ix_calls_work_item_id', table_name='calls')
    op.drop_index('ix_calls_live', table_name='calls', postgresql_where=sa.text("state <> 'ended'"))
    op.drop_table('calls')
    op.drop_index('ix_work_items_queue_waiting', table_name='work_items', postgresql_where=sa.text("state IN ('queued','reserved')"))
    op.drop_index('ix_work_items_queue_id_enqueued_at', table_name='work_items')
    op.drop_index('ix_work_items_lane', table_name='work_items', postgresql_where=sa.text("state = 'queued'"))
    op.drop_index('ix_work_items_contact_id', table_name='work_items')
    op.drop_table('work_items')
    op.drop_index('ix_parcels_customer_id', table_name='parcels')
    op.drop_table('parcels')
    op.drop_index('uq_messages_provider_id', table_name='messages', postgresql_where=sa.text('provider_id IS NOT NULL'))
    op.drop_index('uq_messages_intent_key', table_name='messages', postgresql_where=sa.text('intent_key IS NOT NULL'))
    op.drop_index('ix_messages_number', table_name='messages')
    op.drop_index('ix_messages_customer_id', table_name='messages')
    op.drop_table('messages')
    op.drop_index('uq_customer_phones_customer_id_e164', table_name='customer_phones')
    op.drop_index('ix_customer_phones_e164', table_name='customer_phones')
    op.drop_table('customer_phones')
    op.drop_index('ix_customer_notes_customer_id', table_name='customer_notes')
    op.drop_table('customer_notes')
    op.drop_index('ix_consents_customer_id', table_name='consents')
    op.drop_index('ix_consents_address', table_name='consents')
    op.drop_table('consents')
    op.drop_index(op.f('ix_queue_members_agent_id'), table_name='queue_members')
    op.drop_table('queue_members')
    op.drop_index('ix_customers_search', table_name='customers', postgresql_using='gin')
    op.drop_index('ix_customers_name', table_name='customers')
    op.drop_table('customers')
    op.drop_index('ix_certificates_agent_id_queue_id', table_name='certificates')
    op.drop_table('certificates')
    op.drop_index('ix_agent_sockets_agent_id', table_name='agent_sockets')
    op.drop_table('agent_sockets')
    op.drop_table('agent_skills')
    op.drop_index('uq_agent_intervals_open', table_name='agent_intervals', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index('ix_agent_intervals_agent_id_started_at', table_name='agent_intervals')
    op.drop_table('agent_intervals')
    op.drop_index('ix_user_sessions_user_id', table_name='user_sessions')
    op.drop_table('user_sessions')
    op.drop_table('topics')
    op.drop_table('queue_skills')
    op.drop_table('import_runs')
    op.drop_index('ix_events_subject', table_name='events')
    op.drop_index('ix_events_name_at', table_name='events')
    op.drop_index('ix_events_contact_id', table_name='events', postgresql_where='contact_id IS NOT NULL')
    op.drop_table('events')
    op.drop_table('dispositions')
    op.drop_index('ix_agents_routable', table_name='agents', postgresql_where=sa.text("session_state = 'connected' AND intent = 'available'"))
    op.drop_table('agents')
    op.drop_table('web_processes')
    op.drop_table('users')
    op.drop_table('teams')
    op.drop_index('uq_sms_templates_code_language', table_name='sms_templates')
    op.drop_table('sms_templates')
    op.drop_table('skills')
    op.drop_table('routing_passes')
    op.drop_table('queues')
    op.drop_index('uq_outbox_running_key', table_name='outbox', postgresql_where=sa.text("state = 'running'"))
    op.drop_index('ix_outbox_key', table_name='outbox', postgresql_where=sa.text("state IN ('waiting','running','unknown')"))
    op.drop_index('ix_outbox_due', table_name='outbox', postgresql_where=sa.text("state IN ('waiting','running','unknown')"))
    op.drop_table('outbox')
    op.drop_table('live_payloads')
    op.drop_table('job_slots')
    op.drop_table('console_messages')
    op.drop_table('break_codes')
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP SEQUENCE customer_reference")
    op.execute("DROP SEQUENCE image_version")
