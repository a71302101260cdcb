-- What schools send and what they get back: job fields, more of each person, rows set aside, capture
-- codes, remarks, exports and the final lock, errata, merged packages.

-- Fields of the job by key (firmware/store/fields.h); absent: empty.
CREATE TABLE field (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE person ADD COLUMN doc_type TEXT NOT NULL DEFAULT '';	-- 证件类型, as the roster states it
ALTER TABLE person ADD COLUMN category TEXT NOT NULL DEFAULT '';	-- 学历类别
ALTER TABLE person ADD COLUMN study_form TEXT NOT NULL DEFAULT '';	-- 学习形式
ALTER TABLE person ADD COLUMN years TEXT NOT NULL DEFAULT '';		-- 学制
ALTER TABLE person ADD COLUMN major_code TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN campus TEXT NOT NULL DEFAULT '';		-- 校区
ALTER TABLE person ADD COLUMN grade TEXT NOT NULL DEFAULT '';		-- 年级
ALTER TABLE person ADD COLUMN cohort TEXT NOT NULL DEFAULT '';		-- 届
ALTER TABLE person ADD COLUMN birth TEXT NOT NULL DEFAULT '';		-- YYYY-MM-DD
ALTER TABLE person ADD COLUMN entered TEXT NOT NULL DEFAULT '';		-- 入学日期
ALTER TABLE person ADD COLUMN graduates TEXT NOT NULL DEFAULT '';	-- 预计毕业日期
ALTER TABLE person ADD COLUMN slot TEXT NOT NULL DEFAULT '';		-- 拍摄时间
ALTER TABLE person ADD COLUMN place TEXT NOT NULL DEFAULT '';		-- 拍摄地点
ALTER TABLE person ADD COLUMN team TEXT NOT NULL DEFAULT '';		-- 组
ALTER TABLE person ADD COLUMN mailing TEXT NOT NULL DEFAULT '';		-- 邮寄方式
ALTER TABLE person ADD COLUMN remark TEXT NOT NULL DEFAULT '';		-- 备注
ALTER TABLE person ADD COLUMN paid TEXT NOT NULL DEFAULT '' CHECK (paid IN ('', 'yes', 'no'));
-- further columns the job asks for by name (field extra_columns): JSON object header → cell
ALTER TABLE person ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
-- not in the newest whole roster, taken off by somebody's confirmation; never one with a picture
ALTER TABLE person ADD COLUMN removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));
ALTER TABLE person ADD COLUMN source TEXT NOT NULL DEFAULT 'roster'
	CHECK (source IN ('roster', 'walk_in', 'open', 'code', 'collected'));
UPDATE person SET source = 'walk_in' WHERE EXISTS
	(SELECT 1 FROM document d WHERE d.person = person.id AND d.source IN ('card', 'typed'));
CREATE INDEX person_name ON person (name);

-- Rows of a roster file that could not go in. Found by name or 学号 when their owner stands there.
CREATE TABLE aside (
	id INTEGER PRIMARY KEY,
	file_sha256 TEXT NOT NULL,
	sheet TEXT NOT NULL DEFAULT '',
	line INTEGER NOT NULL,
	name TEXT NOT NULL DEFAULT '',
	student_no TEXT NOT NULL DEFAULT '',
	id_no TEXT NOT NULL DEFAULT '',		-- as it stands in the file
	class_name TEXT NOT NULL DEFAULT '',
	faults TEXT NOT NULL,			-- row_fault_word()s, separated by blanks
	solved INTEGER NOT NULL DEFAULT 0 CHECK (solved IN (0, 1)),	-- a later file brought this person
	added_utc_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX aside_name ON aside (name);
CREATE INDEX aside_student_no ON aside (student_no);

-- GRAD: the capture code of the education ministry's site, byte for byte as scanned; nothing plain.
CREATE TABLE capture_code (
	person INTEGER PRIMARY KEY REFERENCES person (id),
	payload BLOB NOT NULL UNIQUE,
	tag TEXT NOT NULL			-- four characters both screens show
) STRICT;

-- What somebody said about a record; the roster's own text stays as it is.
CREATE TABLE remark (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES person (id),
	visit INTEGER,
	kind TEXT NOT NULL CHECK (kind IN ('info_wrong', 'card_differs', 'doubtful')),
	text TEXT NOT NULL DEFAULT '',
	added_utc_ms INTEGER NOT NULL,
	PRIMARY KEY (kiosk, n)
) STRICT, WITHOUT ROWID;

-- Two kiosks may each have given one person a number and taken a picture: both facts stay.
CREATE TABLE number_3 (
	series TEXT NOT NULL,
	number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 9999),
	person INTEGER NOT NULL REFERENCES person (id),
	kiosk TEXT NOT NULL,			-- who gave it
	origin TEXT NOT NULL CHECK (origin IN ('roster', 'block')),
	PRIMARY KEY (series, number),
	UNIQUE (series, person, kiosk)
) STRICT, WITHOUT ROWID;
INSERT INTO number_3 SELECT series, number, person, kiosk, origin FROM number;
DROP TABLE number;
ALTER TABLE number_3 RENAME TO number;
CREATE INDEX number_person ON number (person);
CREATE TRIGGER number_no_update BEFORE UPDATE ON number
BEGIN SELECT RAISE(ABORT, 'a shooting number is never changed'); END;
CREATE TRIGGER number_no_delete BEFORE DELETE ON number
BEGIN SELECT RAISE(ABORT, 'a shooting number is never freed'); END;
DROP INDEX shot_one_accepted;
CREATE UNIQUE INDEX shot_one_accepted ON shot (person, kiosk) WHERE state = 'accepted';

-- A human's choice between accepted pictures of two kiosks.
CREATE TABLE choice (
	person INTEGER PRIMARY KEY REFERENCES person (id),
	kiosk TEXT NOT NULL,
	shot INTEGER NOT NULL,
	why TEXT NOT NULL DEFAULT '',
	chosen_utc_ms INTEGER NOT NULL
) STRICT;

-- The picture that counts of each person, with its number: chosen by hand; else one that passed before
-- one accepted by hand; else the later one. series and seq: the number the picture's own kiosk gave,
-- else the roster's, else one of the job's series, else any. (SQLite 3.40 finds no outer column in an
-- ORDER BY, hence x.)
CREATE VIEW picture AS
SELECT r.person, r.kiosk, r.n AS shot, r.visit, r.verdict, r.reason, r.why, r.measures, r.sha256,
	r.bytes, r.stored_utc_ms, r.source,
	(SELECT x.series FROM (SELECT u.*, u.kiosk = r.kiosk AS own, u.series = j.series AS usual
		FROM number u JOIN job j WHERE u.person = r.person) x
	 ORDER BY x.own DESC, x.origin = 'roster' DESC, x.usual DESC, x.series, x.number LIMIT 1)
	 AS series,
	(SELECT x.number FROM (SELECT u.*, u.kiosk = r.kiosk AS own, u.series = j.series AS usual
		FROM number u JOIN job j WHERE u.person = r.person) x
	 ORDER BY x.own DESC, x.origin = 'roster' DESC, x.usual DESC, x.series, x.number LIMIT 1) AS seq
FROM (SELECT s.*, row_number() OVER (PARTITION BY s.person ORDER BY
		c.person IS NOT NULL DESC, s.verdict IN ('pass', 'warn') DESC,
		s.stored_utc_ms DESC, s.n DESC, s.kiosk) AS place
	FROM shot s LEFT JOIN choice c ON c.person = s.person AND c.kiosk = s.kiosk AND c.shot = s.n
	WHERE s.state = 'accepted' AND s.person IS NOT NULL) r
WHERE r.place = 1;

-- Exports that were verified by reading back. kind: full, delta (errata), originals, lists.
CREATE TABLE export_run (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	profile TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('full', 'delta', 'originals', 'lists')),
	manifest_sha256 TEXT NOT NULL,
	people INTEGER NOT NULL,
	files INTEGER NOT NULL,
	final INTEGER NOT NULL CHECK (final IN (0, 1)),	-- locks its people
	done_utc_ms INTEGER NOT NULL,
	PRIMARY KEY (kiosk, n)
) STRICT, WITHOUT ROWID;
-- Who was in it, with which picture. A person in a final run changes only by an erratum.
CREATE TABLE export_person (
	kiosk TEXT NOT NULL,
	run INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES person (id),
	shot_kiosk TEXT NOT NULL,
	shot INTEGER NOT NULL,
	PRIMARY KEY (kiosk, run, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_person_who ON export_person (person);
CREATE VIEW final_person AS
SELECT p.person, max(r.done_utc_ms) AS final_utc_ms FROM export_person p
JOIN export_run r ON r.kiosk = p.kiosk AND r.n = p.run WHERE r.final GROUP BY p.person;

-- A replacement: new row that points at the old picture; both pictures stay.
CREATE TABLE erratum (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES person (id),
	old_kiosk TEXT NOT NULL DEFAULT '',
	old_shot INTEGER NOT NULL DEFAULT 0,
	new_kiosk TEXT NOT NULL DEFAULT '',	-- '' until another frame is chosen
	new_shot INTEGER NOT NULL DEFAULT 0,
	reason TEXT NOT NULL,			-- as the school's list states it
	added_utc_ms INTEGER NOT NULL,
	new_was TEXT NOT NULL DEFAULT '',	-- state of the new shot before, for undo
	chosen_utc_ms INTEGER,
	run_kiosk TEXT NOT NULL DEFAULT '',	-- export_run that delivered it
	run INTEGER,
	PRIMARY KEY (kiosk, n)
) STRICT, WITHOUT ROWID;

-- Packages of other kiosks that are in.
CREATE TABLE merged (
	kiosk TEXT NOT NULL,
	manifest_sha256 TEXT NOT NULL,
	head_n INTEGER NOT NULL,		-- last event of that kiosk's chain in it
	last_shot INTEGER NOT NULL,		-- newest shot of that kiosk whose original came with it
	merged_utc_ms INTEGER NOT NULL,
	PRIMARY KEY (kiosk, manifest_sha256)
) STRICT, WITHOUT ROWID;
-- What other kiosks call the person: (kiosk, n) of their rows that were joined to this one.
CREATE TABLE alias (
	kiosk TEXT NOT NULL,
	n INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES person (id),
	name TEXT NOT NULL,
	PRIMARY KEY (kiosk, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_person ON alias (person);
