"""The store's tables, their versions, and how a file of an earlier version becomes one of this."""

from __future__ import annotations

import sqlite3

STORE_VERSION = 8
_SHELF = """CREATE TABLE shelf (
        visitor TEXT NOT NULL,            -- hash of the visitor's token
        run_id TEXT NOT NULL REFERENCES runs (id),
        name TEXT NOT NULL,
        color_index INTEGER NOT NULL,     -- what the run looks like; smaller than the shelf is long
        position INTEGER NOT NULL,        -- place on the shelf: smaller was pinned earlier
        seen REAL NOT NULL,               -- when the visitor last came, to a day
        PRIMARY KEY (visitor, run_id)
    )"""
_SHELF_INDEX = "CREATE INDEX shelf_by_run ON shelf (run_id)"
_SHELF_VIEW = """CREATE TABLE shelf_view (
        visitor TEXT PRIMARY KEY,         -- hash of the visitor's token
        view TEXT NOT NULL                -- JSON of what the visitor has chosen on the shelf's page
    )"""
_LESSONS = (
    """CREATE TABLE lesson_progress (
        visitor TEXT NOT NULL,            -- hash of the visitor's token
        lesson TEXT NOT NULL,
        answers TEXT NOT NULL,            -- JSON: what was answered, by question
        seen REAL NOT NULL,
        PRIMARY KEY (visitor, lesson)
    )""",
    """CREATE TABLE classes (
        id TEXT PRIMARY KEY,              -- random; signed in the links of the class
        lesson TEXT NOT NULL,
        released TEXT NOT NULL DEFAULT '[]', -- JSON: the questions whose answer may be shown
        created REAL NOT NULL
    )""",
    """CREATE TABLE class_answers (
        class_id TEXT NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
        student TEXT NOT NULL,            -- hash of the class and the visitor's token: another in every class
        question TEXT NOT NULL,
        answer TEXT NOT NULL,             -- JSON
        PRIMARY KEY (class_id, student, question)
    )""",
)
_ROOMS = (
    """CREATE TABLE rooms (
        id TEXT PRIMARY KEY,              -- random
        code TEXT UNIQUE,                 -- what students type; NULL of a closed room
        teacher TEXT NOT NULL UNIQUE,     -- hash of the teacher's token
        game TEXT NOT NULL,               -- JSON
        phase TEXT NOT NULL DEFAULT 'lobby',
        play INTEGER NOT NULL DEFAULT 0,  -- the round of play that is on, from 0
        rule TEXT NOT NULL,               -- by which it is, or the next one will be, played
        vote TEXT NOT NULL DEFAULT '' CHECK (vote IN ('', 'open', 'closed')), -- on the next rule
        n_acts INTEGER NOT NULL DEFAULT 0, -- what students have done: what is done later has a larger number
        moved_on REAL NOT NULL,           -- when the teacher last did something, by the clock that only waits
        created REAL NOT NULL
    )""",
    """CREATE TABLE room_seats (
        room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
        seat INTEGER NOT NULL,            -- from 0, in the order of joining
        agent INTEGER NOT NULL,           -- which one it plays
        token TEXT UNIQUE,                -- hash of the seat's token; NULL of one that was left
        nickname TEXT NOT NULL DEFAULT '',
        seen REAL NOT NULL,               -- by the clock that only waits
        PRIMARY KEY (room_id, seat)
    )""",
    """CREATE TABLE room_answers (
        room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
        play INTEGER NOT NULL,
        seat INTEGER NOT NULL,
        question TEXT NOT NULL,           -- 'move', 'vote', or one of the reflection's
        answer TEXT NOT NULL,             -- JSON
        act INTEGER NOT NULL,
        PRIMARY KEY (room_id, play, seat, question)
    )""",
    """CREATE TABLE room_plays (
        room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
        play INTEGER NOT NULL,
        rule TEXT NOT NULL,
        moves TEXT NOT NULL,              -- JSON: what each agent played, and whose it was
        run_id TEXT NOT NULL,             -- of the scenario that these moves make
        outcome TEXT,                     -- JSON: what came of it for each agent; NULL until it is paid
        PRIMARY KEY (room_id, play)
    )""",
)
_GROUP_INDEX = "CREATE INDEX runs_by_group ON runs (COALESCE(batch, id))"
_TURNS = """CREATE TABLE turns (
        visitor TEXT PRIMARY KEY,         -- hash of the visitor's token
        turn INTEGER NOT NULL             -- when a worker took up something for it last: larger is later
    )"""
_TABLES = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY,              -- scenario_id, with the kind's suffix
        kind TEXT NOT NULL DEFAULT 'run', -- what is computed of the scenario
        scenario TEXT NOT NULL,           -- JSON
        fingerprint TEXT NOT NULL,        -- of the program's results and the data
        n_rounds INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        ticket INTEGER NOT NULL,          -- place in the queue: smaller is earlier
        worker TEXT,                      -- name of the process that has it, or had it last
        lease REAL,                       -- until when that process may write
        attempt INTEGER NOT NULL DEFAULT 0,
        cancel REAL,                      -- when a running run was asked to stop
        error TEXT,
        pinned INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL,           -- of the scenario and the rounds
        created REAL NOT NULL,
        started REAL,
        finished REAL,
        last_used REAL NOT NULL,
        priority INTEGER NOT NULL DEFAULT 0, -- smaller goes first, whatever its ticket
        batch TEXT,                       -- waiting runs of one batch are computed side by side
        deaths INTEGER NOT NULL DEFAULT 0, -- of workers that had it, under a server that lived on
        began REAL,                       -- when its worker took it, by the clock that only waits (not a time of day)
        seconds REAL NOT NULL DEFAULT 0,  -- how long it took, by the same clock
        express INTEGER NOT NULL DEFAULT 0 -- whether it is so short that the express worker may take it
    )""",
    "CREATE INDEX runs_by_status ON runs (status, priority, ticket)",
    _GROUP_INDEX,
    """CREATE TABLE rounds (
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        round_index INTEGER NOT NULL,
        payload BLOB NOT NULL,
        digest BLOB,                      -- of run, place and payload; NULL: stored before there were digests
        PRIMARY KEY (run_id, round_index)
    )""",
    """CREATE TABLE followers (
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        owner TEXT NOT NULL,
        seen REAL NOT NULL,
        visitor TEXT NOT NULL DEFAULT '', -- hash of the token of who has this session, among others perhaps
        PRIMARY KEY (run_id, owner)
    )""",
    "CREATE INDEX followers_by_owner ON followers (owner)",
    "CREATE INDEX followers_by_visitor ON followers (visitor)",
    _TURNS,
    _SHELF,
    _SHELF_INDEX,
    _SHELF_VIEW,
    *_LESSONS,
    *_ROOMS,
)

_MIGRATIONS = {  # from a version to the next one
    1: ("ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'run'",),
    2: (
        "ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN batch TEXT",
        "DROP INDEX runs_by_status",
        "CREATE INDEX runs_by_status ON runs (status, priority, ticket)",
    ),
    3: (_SHELF, _SHELF_INDEX),
    4: (_SHELF_VIEW,),
    5: (  # a round has new fields: what an unfinished run has of them is computed again, else it would not agree
        *_LESSONS,
        "UPDATE runs SET fingerprint = '' WHERE status <> 'done'",
    ),
    6: (  # rounds of before have no digest, and are taken as they are: their compression has a checksum of its own
        "ALTER TABLE rounds ADD COLUMN digest BLOB",
        "ALTER TABLE runs ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN began REAL",
        "ALTER TABLE runs ADD COLUMN seconds REAL NOT NULL DEFAULT 0",
        "UPDATE runs SET seconds = MAX(0, finished - started) WHERE status = 'done'",
        "ALTER TABLE followers ADD COLUMN visitor TEXT NOT NULL DEFAULT ''",
        "UPDATE followers SET visitor = owner",
        "ALTER TABLE runs ADD COLUMN express INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX followers_by_visitor ON followers (visitor)",
        _GROUP_INDEX,
        _TURNS,
    ),
    7: _ROOMS,
}


def create_tables(connection: sqlite3.Connection) -> None:
    """Inside a transaction: make the tables of a new file, or bring an earlier version's to this one."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == STORE_VERSION:
        return
    migrations = (statement for old in range(version, STORE_VERSION) for statement in _MIGRATIONS[old])
    for statement in migrations if version else _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
