"""After a restore: what the database and the streams do not know of each other is made good."""
