-- The journal of a mail sweep: what was read, so that nothing is read twice and a sweep goes on where it was stopped.
-- No text of a message and no names of customers stand here; what stands in findings (policy numbers of lists, mail
-- addresses, places) does, for the few messages that disclosed something.

CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- An archive file. `stamp` tells whether it has changed. `listed`: the run that listed its messages; 0 while that is
-- under way. `run`: the last run that met it, `rank`: its place in the order of that run.
CREATE TABLE file (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, shown TEXT NOT NULL, path BLOB NOT NULL, stamp TEXT NOT NULL,
  listed INTEGER NOT NULL, run INTEGER NOT NULL, rank INTEGER NOT NULL
);

-- What in a file is no message, by the run that listed it.
CREATE TABLE gap (file INTEGER NOT NULL, listed INTEGER NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL,
                  detail TEXT NOT NULL);
CREATE INDEX gap_in ON gap (file);

-- Where a message stands; `listed` as in `file`, `ref`: the rest of its MessageRef. `message` is null until it is read.
CREATE TABLE place (
  id INTEGER PRIMARY KEY, file INTEGER NOT NULL, listed INTEGER NOT NULL, seq INTEGER NOT NULL, ref TEXT NOT NULL,
  message INTEGER
);

CREATE INDEX place_in ON place (file);

-- A message, told by a digest of its bytes. `mid`: hash of its Message-ID. `kind` (journal.py) and `seen` (JSON) only
-- for what disclosed something, could not be read in full, or may name a password.
CREATE TABLE message (
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, mid INTEGER, sender INTEGER, kind INTEGER NOT NULL, seen TEXT
);
CREATE TABLE sender (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE);

-- Messages that could not be had in this run (file gone, no permission): tried again in the next.
CREATE TABLE failed (place INTEGER PRIMARY KEY, seen TEXT NOT NULL);

-- Messages that may name a password: by sender and time, and by the Message-IDs of their thread. Never the password.
CREATE TABLE hint (sender INTEGER, at INTEGER, message INTEGER, PRIMARY KEY (sender, at, message)) WITHOUT ROWID;
CREATE TABLE thread (mid INTEGER, message INTEGER, PRIMARY KEY (mid, message)) WITHOUT ROWID;

-- What a locked mail holds when read with passwords; `tried` tells with which.
CREATE TABLE opened (letter BLOB PRIMARY KEY, tried BLOB NOT NULL, seen TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
