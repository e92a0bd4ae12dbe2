"""The door for mail: `server` listens, `session` speaks SMTP, `data` reads a mail in bounded memory."""
