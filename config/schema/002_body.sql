-- Whose card a shot's picture lies on: the body's serial number, or MODEL@PORT where it tells none.
ALTER TABLE shot ADD COLUMN camera_body TEXT NOT NULL DEFAULT '';
