-- One job: its constants, people, numbers, visits, shots, and the ledger that records all of it.
-- Ids of visits, shots and events are (kiosk, n); n has no gaps, so rows are never deleted.

CREATE TABLE job (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	code TEXT NOT NULL,
	series TEXT NOT NULL DEFAULT '1',	-- default series of shooting numbers
	school_type TEXT NOT NULL DEFAULT '',	-- 所在校别
	school_code TEXT NOT NULL DEFAULT '',	-- 院校代码
	school_name TEXT NOT NULL DEFAULT '',	-- 学校名称
	created_utc_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
	id INTEGER PRIMARY KEY,
	kiosk TEXT NOT NULL,			-- where it was imported or entered
	n INTEGER NOT NULL,
	name TEXT NOT NULL,
	sex TEXT NOT NULL DEFAULT '',
	student_no TEXT NOT NULL DEFAULT '',
	id_no TEXT NOT NULL,			-- normalised, else as the roster states it
	exam_no TEXT NOT NULL DEFAULT '',
	level TEXT NOT NULL DEFAULT '',
	class_name TEXT NOT NULL DEFAULT '',
	station TEXT NOT NULL DEFAULT '',
	branch TEXT NOT NULL DEFAULT '',
	major TEXT NOT NULL DEFAULT '',
	school_type TEXT NOT NULL DEFAULT '',
	school_code TEXT NOT NULL DEFAULT '',
	school_name TEXT NOT NULL DEFAULT '',
	premarked INTEGER NOT NULL DEFAULT 0 CHECK (premarked IN (0, 1)),
	UNIQUE (kiosk, n)
) STRICT;
CREATE INDEX person_student_no ON person (student_no);

-- Every number a person may show, in canonical form. Two people may share one (two enrolments).
CREATE TABLE document (
	number TEXT NOT NULL,
	person INTEGER NOT NULL REFERENCES person (id),
	source TEXT NOT NULL,			-- roster column it came from; "card", "typed": added at the kiosk
	PRIMARY KEY (number, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_person ON document (person);

CREATE TABLE block (
	kiosk TEXT NOT NULL,
	series TEXT NOT NULL,
	first INTEGER NOT NULL CHECK (first BETWEEN 1 AND 9999),
	last INTEGER NOT NULL CHECK (last BETWEEN first AND 9999),
	PRIMARY KEY (kiosk, series)
) STRICT, WITHOUT ROWID;

-- A shooting number once given is a row for ever: never changed, never freed.
CREATE TABLE number (
	series TEXT NOT NULL,
	number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 9999),
	person INTEGER NOT NULL REFERENCES person (id),
	kiosk TEXT NOT NULL,			-- who gave it
	origin TEXT NOT NULL CHECK (origin IN ('roster', 'block')),
	PRIMARY KEY (series, number),
	UNIQUE (series, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE visit (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES person (id),
	how TEXT NOT NULL,
	number_source TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL DEFAULT 'open'
		CHECK (state IN ('open', 'accepted', 'cancelled', 'swapped', 'left_open')),
	opened_utc_ms INTEGER NOT NULL,
	closed_utc_ms INTEGER,
	PRIMARY KEY (kiosk, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_open ON visit (kiosk) WHERE state = 'open';

-- intent → stored → accepted | rejected; accepted → superseded | void; any → quarantined; intent → lost.
CREATE TABLE shot (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	visit INTEGER,				-- NULL: test shot or stray
	person INTEGER REFERENCES person (id),
	attempt INTEGER NOT NULL DEFAULT 0,	-- 1… within the visit
	source TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'intent' CHECK (state IN ('intent', 'stored', 'accepted',
		'rejected', 'void', 'superseded', 'quarantined', 'lost')),
	recovered INTEGER NOT NULL DEFAULT 0,
	why TEXT NOT NULL DEFAULT '',		-- of lost, void, quarantined, accepted by hand
	sha256 TEXT NOT NULL DEFAULT '',
	bytes INTEGER NOT NULL DEFAULT 0,
	camera_folder TEXT NOT NULL DEFAULT '',
	camera_name TEXT NOT NULL DEFAULT '',
	taken_s INTEGER NOT NULL DEFAULT 0,
	camera_cleared INTEGER NOT NULL DEFAULT 0,
	verdict TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL DEFAULT '',
	measures TEXT NOT NULL DEFAULT '',
	supersedes INTEGER,			-- n of the older accepted shot this one replaces
	intent_utc_ms INTEGER NOT NULL,
	stored_utc_ms INTEGER,
	PRIMARY KEY (kiosk, n),
	FOREIGN KEY (kiosk, visit) REFERENCES visit (kiosk, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX shot_visit ON shot (kiosk, visit);
CREATE INDEX shot_intent ON shot (kiosk) WHERE state = 'intent';
CREATE UNIQUE INDEX shot_one_accepted ON shot (person) WHERE state = 'accepted';

CREATE TABLE event (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	boot_id TEXT NOT NULL,
	mono_ms INTEGER NOT NULL,
	utc_ms INTEGER NOT NULL,
	type TEXT NOT NULL,
	body TEXT NOT NULL,			-- JSON, sorted keys
	prev BLOB NOT NULL CHECK (length(prev) = 32),
	hash BLOB NOT NULL CHECK (length(hash) = 32),	-- SHA-256(prev‖n‖type‖body)
	PRIMARY KEY (kiosk, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER number_no_update BEFORE UPDATE ON number
BEGIN SELECT RAISE(ABORT, 'a shooting number is never changed'); END;
CREATE TRIGGER number_no_delete BEFORE DELETE ON number
BEGIN SELECT RAISE(ABORT, 'a shooting number is never freed'); END;
CREATE TRIGGER visit_no_delete BEFORE DELETE ON visit
BEGIN SELECT RAISE(ABORT, 'visits are never deleted'); END;
CREATE TRIGGER shot_no_delete BEFORE DELETE ON shot
BEGIN SELECT RAISE(ABORT, 'shots are never deleted'); END;
CREATE TRIGGER person_no_delete BEFORE DELETE ON person
BEGIN SELECT RAISE(ABORT, 'people are never deleted'); END;
CREATE TRIGGER shot_original_fixed BEFORE UPDATE OF sha256, bytes ON shot
WHEN old.sha256 <> '' AND (old.sha256 IS NOT new.sha256 OR old.bytes IS NOT new.bytes)
BEGIN SELECT RAISE(ABORT, 'a stored original is never replaced'); END;
