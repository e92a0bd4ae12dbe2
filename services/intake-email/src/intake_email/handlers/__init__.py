"""The three things the service does: accept a mail, parse it, send one."""
